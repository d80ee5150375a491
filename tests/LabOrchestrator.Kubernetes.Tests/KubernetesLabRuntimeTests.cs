using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Images;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests;

public sealed class KubernetesLabRuntimeTests(ClusterFixture cluster) : LabRuntimeContract
{
    protected override ILabRuntime Runtime => cluster.Runtime;

    protected override Image ContainerImage => ClusterFixture.Terminal;

    protected override Image? VmImage => ClusterFixture.TinyVm;

    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    protected override Task KillAsync(long instanceId, string machine) => cluster.KillAsync(instanceId, machine);
}

public sealed class KubernetesMachineConsolesTests(ClusterFixture cluster) : MachineConsolesContract
{
    protected override ILabRuntime Runtime => cluster.Runtime;

    protected override Image ContainerImage => ClusterFixture.Terminal;

    protected override Image? VmImage => ClusterFixture.TinyVm;

    protected override bool? VmAgent => true;

    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    protected override Task KillAsync(long instanceId, string machine) => cluster.KillAsync(instanceId, machine);
}

public sealed class KubernetesMachineLossTests(ClusterFixture cluster) : MachineLossContract
{
    protected override ILabRuntime Runtime => cluster.Runtime;

    protected override Image ContainerImage => ClusterFixture.Terminal;

    protected override Image? VmImage => ClusterFixture.TinyVm;

    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    protected override Task KillAsync(long instanceId, string machine) => cluster.KillAsync(instanceId, machine);

    protected override async Task LoseAsync(long instanceId, string machine) => await cluster.Admin.DeleteAsync(
        Kinds.Pod, await cluster.NamespaceOfAsync(instanceId), machine, new DeleteOptions { GracePeriodSeconds = 0 }, Patient);
}

public sealed class KubernetesMachineVolumesTests(ClusterFixture cluster) : MachineVolumesContract
{
    protected override ILabRuntime Runtime => cluster.Runtime;

    protected override Image ContainerImage => ClusterFixture.Terminal;

    protected override Image? VmImage => ClusterFixture.TinyVm;

    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    protected override Task KillAsync(long instanceId, string machine) => cluster.KillAsync(instanceId, machine);
}
