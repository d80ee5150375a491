using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests;

/// <summary>Labs on the simulated cluster, for what only a cluster can show.</summary>
public abstract class ClusterLab(ClusterFixture cluster) : LabRuntimeHarness
{
    protected ClusterFixture Cluster { get; } = cluster;

    protected override ILabRuntime Runtime => Cluster.Runtime;

    protected override Image ContainerImage => ClusterFixture.Terminal;

    protected override Image? VmImage => ClusterFixture.TinyVm;

    protected override Task KillAsync(long instanceId, string machine) => Cluster.KillAsync(instanceId, machine);
}
