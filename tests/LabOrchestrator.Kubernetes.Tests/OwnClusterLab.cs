using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests;

/// <summary>Labs on a simulated cluster of their own, whose settings a test may change.</summary>
public abstract class OwnClusterLab(ClusterFixture cluster) : ClusterLab(cluster)
{
    private KubernetesLabRuntime _runtime = null!;

    protected SimulatedCluster Own { get; private set; } = null!;

    /// <summary>An administrator of it.</summary>
    private protected KubernetesClient Admin { get; private set; } = null!;

    protected override ILabRuntime Runtime => _runtime;

    protected override Task KillAsync(long instanceId, string machine) => throw new NotSupportedException();

    public override async ValueTask InitializeAsync()
    {
        Own = await SimulatedCluster.StartAsync();
        Own.Settings.ProgramFolder = Cluster.Cluster.Settings.ProgramFolder;
        Admin = Cluster.NewClient(() => Own.Address);
        _runtime = new KubernetesLabRuntime(
            Cluster.Installation,
            new KubernetesRuntimeOptions { RequestsPerSecond = 0, EndSeconds = 60 },
            Cluster.NewClient(() => Own.Address),
            NullLoggerFactory.Instance);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _runtime.DisposeAsync();
        Admin.Dispose();
        await Own.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
