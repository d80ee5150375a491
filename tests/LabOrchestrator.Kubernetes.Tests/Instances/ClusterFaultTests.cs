using System.Collections.Immutable;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

/// <summary>What happens when the cluster is not as it should be. Each test has a cluster of its own to break.</summary>
public sealed class ClusterFaultTests : IAsyncLifetime
{
    private readonly KubernetesRuntimeOptions _options = new() { EndSeconds = 2, StartSeconds = 20, RoomSeconds = 2, RequestsPerSecond = 0 };
    private readonly HttpClient _admin = new();
    private SimulatedCluster _cluster = null!;
    private KubernetesLabRuntime _runtime = null!;

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private CancellationToken Now => _patience.Token;

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(TimeSpan.FromMinutes(2));
        await StartAsync(new SimulatorOptions());
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _admin.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task Too_many_requests_and_errors_are_waited_out()
    {
        await FaultAsync(new Fault(Verb: "patch", Status: 429, RetryAfterSeconds: 1, Times: 2));

        (await ApplyAsync(Spec("one"))).Machines.Single().Phase.ShouldBe(MachinePhase.Running);
    }

    [Fact]
    public async Task An_answer_that_was_lost_doubles_nothing()
    {
        await FaultAsync(new Fault(Verb: "create", Resource: "namespaces", CutAfter: true, Times: 1));
        await FaultAsync(new Fault(Verb: "patch", Resource: "pods", CutAfter: true, Times: 1));
        var spec = Spec("one");

        await Should.ThrowAsync<RuntimeUnavailableException>(() => ApplyAsync(spec));
        await Should.ThrowAsync<RuntimeUnavailableException>(() => ApplyAsync(spec));
        var observed = await ApplyAsync(spec);

        observed.Machines.Select(m => (m.Name, m.Phase)).ShouldBe([("one", MachinePhase.Running)]);
        (await _runtime.ListAsync(Now)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_cluster_that_is_away_is_said_and_gone_on_with_when_it_is_back()
    {
        var spec = Spec("one");
        await ApplyAsync(spec);
        await using var changes = _runtime.WatchAsync(Now).GetAsyncEnumerator();
        await changes.MoveNextAsync();

        await AdminAsync(HttpMethod.Put, "partition");
        while ((await _runtime.CheckAsync(Now)).IsReady)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Now);
        }

        (await _runtime.CheckAsync(Now)).Reason.ShouldNotBeNull().ShouldContain("cannot be reached");
        await Should.ThrowAsync<RuntimeUnavailableException>(() => ApplyAsync(Spec("two")));

        await AdminAsync(HttpMethod.Delete, "partition");
        while (!(await _runtime.CheckAsync(Now)).IsReady)
        {
            // The watches come back after a pause that grew with each failure.
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Now);
        }

        (await _runtime.ObserveAsync(spec.InstanceId, Now)).ShouldNotBeNull().Machines.Single().Phase.ShouldBe(MachinePhase.Running);
        await ApplyAsync(spec with { Machines = [spec.Machines[0] with { PoweredOn = false }] });
        await changes.MoveNextAsync();
    }

    [Fact]
    public async Task Dropped_watches_and_expired_state_lose_no_change()
    {
        var spec = Spec("one");
        await ApplyAsync(spec);

        await AdminAsync(HttpMethod.Post, "expire");
        await AdminAsync(HttpMethod.Post, "watches/drop");

        await ApplyAsync(spec with { Machines = [spec.Machines[0] with { PoweredOn = false }] });
        (await _runtime.ObserveAsync(spec.InstanceId, Now)).ShouldNotBeNull().Machines.Single().Phase.ShouldBe(MachinePhase.PoweredOff);
    }

    [Fact]
    public async Task A_namespace_that_does_not_end_is_shown_with_what_holds_it()
    {
        var spec = Spec("one");
        await ApplyAsync(spec);
        var @namespace = (await Client().ListAsync(Kinds.Namespace, new ObjectScope { LabelSelector = "lab-orchestrator/instance" }, Now)).Items.Single().Name;
        await Client().MergePatchAsync(
            Kinds.Pod, @namespace, "one", new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray("example.org/held") } }, WriteOptions.Default, Now);

        var message = (await Should.ThrowAsync<RuntimeUnavailableException>(() => _runtime.DeleteAsync(spec.InstanceId, Now))).Message;

        message.ShouldContain(@namespace);
        message.ShouldContain("Pod one is held by example.org/held.");
        message.ShouldContain("remaining");
        await Client().MergePatchAsync(
            Kinds.Pod, @namespace, "one", new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }, WriteOptions.Default, Now);
        await _runtime.DeleteAsync(spec.InstanceId, Now);
        (await _runtime.ObserveAsync(spec.InstanceId, Now)).ShouldBeNull();
    }

    [Fact]
    public async Task A_missing_image_fails_the_start_with_the_clusters_words()
    {
        var failure = await Should.ThrowAsync<InstanceFailedException>(() => ApplyAsync(Spec("one", image: "registry.example.org/does-not-exist:1")));

        failure.Machine.ShouldBe("one");
        failure.Message.ShouldContain("does-not-exist");
        failure.Message.ShouldContain("not found");
    }

    [Fact]
    public async Task A_machine_without_room_says_so_while_it_waits_and_fails_after_a_while()
    {
        _cluster.Settings.NodeMemory = "80Mi";
        var progress = new Reasons();

        var failure = await Should.ThrowAsync<InstanceFailedException>(() => _runtime.ApplyAsync(Spec("one"), progress, Now));

        failure.Message.ShouldContain("Insufficient memory");
        progress.Seen.ShouldContain(r => r.Contains("Insufficient memory", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Missing_KubeVirt_is_said_and_containers_run()
    {
        await StopAsync();
        await StartAsync(new SimulatorOptions { AddOns = [] });

        (await _runtime.CheckAsync(Now)).IsReady.ShouldBeTrue();
        _runtime.Capabilities.Names.ShouldNotContain(RuntimeCapabilities.VirtualMachines);
        (await ApplyAsync(Spec("one"))).Machines.Single().Phase.ShouldBe(MachinePhase.Running);
        var vm = Spec("vm", kind: ImageKind.Vm);
        (await Should.ThrowAsync<RuntimeUnavailableException>(() => ApplyAsync(vm))).Message.ShouldContain("KubeVirt is not installed");
    }

    internal static InstanceSpec Spec(string machine, string image = "registry.example.org/box:1", ImageKind kind = ImageKind.Container) => new()
    {
        InstanceId = Random.Shared.NextInt64(1_000, 1_000_000),
        OwnerId = 1,
        NamespacePrefix = "fault",
        Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork)],
        Machines =
        [
            new MachineSpec
            {
                Image = new Image(1, "box", image, kind, ""),
                Definition = new MachineDefinition
                {
                    Name = machine, Title = machine, Image = "box", Kind = kind, MemoryBytes = 128 << 20,
                    Networks = [new NetworkAttachment(LabDefinition.DefaultNetwork)],
                },
            },
        ],
    };

    private Task<ObservedInstance> ApplyAsync(InstanceSpec spec) => _runtime.ApplyAsync(spec, new StageLog(), Now);

    private async Task StopAsync()
    {
        await _runtime.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private async Task StartAsync(SimulatorOptions options)
    {
        _cluster = await SimulatedCluster.StartAsync(options);
        _runtime = new KubernetesLabRuntime(Installation.Create(), _options, Client(), NullLoggerFactory.Instance);
    }

    private KubernetesClient Client() => new(
        () => new ClusterConfiguration
        {
            Server = _cluster.Address,
            Origin = "the test",
        },
        new KubernetesClientOptions { RequestsPerSecond = 0, RequestTimeout = TimeSpan.FromSeconds(5) },
        TimeProvider.System,
        NullLogger<KubernetesClient>.Instance);

    private async Task FaultAsync(Fault fault)
    {
        using var answer = await _admin.PostAsJsonAsync(new Uri(_cluster.AdminAddress, "_simulator/faults"), fault, Now);
        answer.EnsureSuccessStatusCode();
    }

    private async Task AdminAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, new Uri(_cluster.AdminAddress, "_simulator/" + path));
        using var answer = await _admin.SendAsync(request, Now);
        answer.EnsureSuccessStatusCode();
    }

    private sealed class Reasons : IProgress<MachineProgress>
    {
        private ImmutableList<string> _seen = [];

        public IReadOnlyList<string> Seen => _seen;

        public void Report(MachineProgress value)
        {
            if (value.Reason is { } reason)
            {
                ImmutableInterlocked.Update(ref _seen, s => s.Add(reason));
            }
        }
    }
}
