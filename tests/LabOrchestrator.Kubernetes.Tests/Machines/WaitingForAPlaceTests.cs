using System.Threading.Channels;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Tests.Instances;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.Machines;

/// <summary>A machine that no node takes yet neither fetches its image nor boots. The cluster of each test is its own.</summary>
public sealed class WaitingForAPlaceTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private SimulatedCluster _cluster = null!;
    private KubernetesLabRuntime _runtime = null!;

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(TimeSpan.FromMinutes(3));
        _cluster = await SimulatedCluster.StartAsync();
        var client = new KubernetesClient(
            () => new ClusterConfiguration { Server = _cluster.Address, Origin = "the test" },
            new KubernetesClientOptions { RequestsPerSecond = 0 },
            TimeProvider.System,
            NullLogger<KubernetesClient>.Instance);
        _runtime = new KubernetesLabRuntime(
            Installation.Create(), new KubernetesRuntimeOptions { RequestsPerSecond = 0, RoomSeconds = 600 }, client, NullLoggerFactory.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        await _cluster.DisposeAsync();
        _patience.Dispose();
    }

    [Theory]
    [InlineData(ImageKind.Container, "80Mi", new[] { MachineStage.Place, MachineStage.Image, MachineStage.Disk, MachineStage.Boot, MachineStage.ConsoleReady })]
    [InlineData(ImageKind.Vm, "300Mi", new[] { MachineStage.Image, MachineStage.Disk, MachineStage.Place, MachineStage.Boot, MachineStage.ConsoleReady })]
    public async Task A_machine_waits_for_a_place_with_the_clusters_reason_and_goes_on_from_there(ImageKind kind, string room, MachineStage[] stages)
    {
        _cluster.Settings.NodeMemory = room;
        var told = new Told();
        var start = _runtime.ApplyAsync(ClusterFaultTests.Spec("one", kind: kind), told, _patience.Token);

        var seen = new List<MachineProgress>();
        while (seen is not [.., { Stage: MachineStage.Place, Reason: { } reason }] || !reason.Contains("1 Insufficient memory", StringComparison.Ordinal))
        {
            seen.Add(await told.Reader.ReadAsync(_patience.Token));
        }

        _cluster.Settings.NodeMemory = "64Gi";
        (await start).Machines.Single().Phase.ShouldBe(MachinePhase.Running);
        while (told.Reader.TryRead(out var more))
        {
            seen.Add(more);
        }

        seen.Select(p => p.Stage).Distinct().ShouldBe(stages);
        seen.SkipWhile(p => p.Reason is null).SkipWhile(p => p.Stage == MachineStage.Place).ShouldAllBe(p => p.Reason == null);
    }

    private sealed class Told : IProgress<MachineProgress>
    {
        private readonly Channel<MachineProgress> _all = Channel.CreateBounded<MachineProgress>(1000);

        public ChannelReader<MachineProgress> Reader => _all.Reader;

        public void Report(MachineProgress value) => _all.Writer.TryWrite(value).ShouldBeTrue();
    }
}
