using System.Collections.Immutable;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Instances;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

/// <summary>
/// The API server is away for ten minutes of a clock that runs faster meanwhile, while people work at consoles, and labs are started and
/// stopped. The reconciler works as in the server, on a cluster of its own.
/// </summary>
[Trait("Category", "Slow")]
public sealed class LongAbsenceTests(ClusterFixture programs) : IAsyncLifetime
{
    private static readonly TimeSpan Absence = TimeSpan.FromMinutes(10);

    private static readonly string[] AllOfALab =
    [
        "DataVolume server-disk-0", "Guest server", "Namespace ", "Pod client", "Pod helper", "Pod virt-launcher-server", "Service helper",
        "Service machines", "VirtualMachine server",
    ];

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly PacedTime _time = new();
    private readonly HttpClient _admin = new();
    private SimulatedCluster _cluster = null!;
    private KubernetesClient _observer = null!;
    private KubernetesLabRuntime _runtime = null!;
    private IHost _host = null!;

    private CancellationToken Now => _patience.Token;

    private LabInstances Instances => _host.Services.GetRequiredService<LabInstances>();

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(TimeSpan.FromMinutes(4));
        _cluster = await SimulatedCluster.StartAsync();
        _cluster.Settings.ProgramFolder = programs.Cluster.Settings.ProgramFolder;
        _observer = Client(TimeProvider.System);
        var options = new KubernetesRuntimeOptions { StartSeconds = 7200, RoomSeconds = 7200, EndSeconds = 7200, RequestsPerSecond = 0 };
        _runtime = new KubernetesLabRuntime(Installation.Create(), options, Client(_time.Provider), NullLoggerFactory.Instance);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(_time.Provider).AddSingleton<ILabRuntime>(_runtime).AddLabOrchestrator().AddInMemoryStores();
        _host = builder.Build();
        await _host.StartAsync(Now);
        var images = _host.Services.GetRequiredService<IImageStore>();
        await images.AddAsync(ClusterFixture.Terminal with { Id = 0 }, Now);
        await images.AddAsync(ClusterFixture.TinyVm with { Id = 0 }, Now);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
        await _runtime.DisposeAsync();
        await _time.DisposeAsync();
        _observer.Dispose();
        await _cluster.DisposeAsync();
        _admin.Dispose();
        _patience.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Consoles_go_on_starts_wait_and_nothing_is_lost_or_doubled(bool answersErrors)
    {
        var running = await StartAsync("running");
        var ending = await StartAsync("ending");
        await UntilAsync(running, s => s.Phase == InstancePhase.Running);
        await UntilAsync(ending, s => s.Phase == InstancePhase.Running);
        await using var consoles = await OpenConsoles.OpenAsync(_runtime, running, "server", "client", Now);
        await consoles.GoOnAsync(3);
        var before = await ObjectsAsync(running);
        before.Keys.ShouldBe(AllOfALab, ignoreOrder: true);
        _cluster.Settings.BootingMilliseconds = 3_600_000;
        var starting = await StartAsync("starting");
        await UntilAsync(async () => (await ObjectsAsync(starting)).ContainsKey("VirtualMachine server"), "a third lab is in the middle of its start");

        await LeaveAsync(answersErrors);
        var since = _time.Provider.GetTimestamp();
        _time.Speed = 60;
        var waiting = await StartAsync("waiting");
        (await Instances.StopAsync(ending, Now)).ShouldBeOfType<ChangeResult.Accepted>();
        while (_time.Provider.GetElapsedTime(since) < Absence)
        {
            await consoles.GoOnAsync(5);
            await IsStillAsync(running, InstancePhase.Running);
            await IsStillAsync(ending, InstancePhase.Stopping, InstancePhase.Running);
            await IsStillAsync(starting, InstancePhase.Starting);
            await IsStillAsync(waiting, InstancePhase.Queued, InstancePhase.Starting);
        }

        (await StatusAsync(running)).Reason.ShouldNotBeNull().ShouldContain("Waiting for the engine");
        (await StatusAsync(waiting)).Reason.ShouldNotBeNullOrEmpty();
        _cluster.Settings.BootingMilliseconds = 20;
        await ReturnAsync();
        _time.Speed = 20;
        await WakeAsync(starting);

        await UntilAsync(waiting, s => s.Phase == InstancePhase.Running);
        await UntilAsync(starting, s => s.Phase == InstancePhase.Running);
        await UntilAsync(ending, s => s.Phase == InstancePhase.Stopped);
        await UntilAsync(running, s => s is { Phase: InstancePhase.Running, Reason: null });
        await consoles.GoOnAsync(5);
        (await ObjectsAsync(running)).ShouldBe(before, ignoreOrder: true);
        (await StatusAsync(running)).ShouldSatisfyAllConditions(s => s.Remark.ShouldBeNull(), s => s.Machines.ShouldAllBe(m => !(m.Remark ?? "").Contains("lost")));
        foreach (var late in new[] { starting, waiting })
        {
            (await ObjectsAsync(late)).Keys.ShouldBe(AllOfALab, ignoreOrder: true);
        }

        await Task.WhenAll(new[] { running, starting, waiting }.Select(id => Instances.StopAsync(id, Now)));
        await UntilAsync(async () => (await _observer.ListAsync(Kinds.Namespace, Ours(), Now)).Items.Count == 0, "nothing is left");
    }

    private static ObjectScope Ours(long? id = null) => new() { LabelSelector = id is null ? "lab-orchestrator/instance" : $"lab-orchestrator/instance={id}" };

    // Through a load balancer whose other servers carry what is open, no connection; with its store away, an error for all.
    private async Task LeaveAsync(bool answersErrors)
    {
        if (answersErrors)
        {
            using var fault = await _admin.PostAsJsonAsync(new Uri(_cluster.AdminAddress, "_simulator/faults"), new Fault(Status: 500), Now);
            fault.EnsureSuccessStatusCode();
            await AdminAsync(HttpMethod.Post, "watches/drop");
        }
        else
        {
            await AdminAsync(HttpMethod.Put, "partition?keepsStreams=true");
        }
    }

    private async Task ReturnAsync()
    {
        await AdminAsync(HttpMethod.Delete, "faults");
        await AdminAsync(HttpMethod.Delete, "partition");
    }

    private async Task AdminAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, new Uri(_cluster.AdminAddress, "_simulator/" + path));
        using var answer = await _admin.SendAsync(request, Now);
        answer.EnsureSuccessStatusCode();
    }

    private KubernetesClient Client(TimeProvider time) => new(
        () => new ClusterConfiguration { Server = _cluster.Address, Origin = "the test" },
        new KubernetesClientOptions { RequestsPerSecond = 0, RequestTimeout = TimeSpan.FromHours(1) },
        time,
        NullLogger<KubernetesClient>.Instance);

    private static MachineDefinition Machine(string name, Image image) => new()
    {
        Name = name,
        Title = name,
        Image = image.Name,
        Kind = image.Kind,
        MemoryBytes = 64L << 20,
        Networks = [new NetworkAttachment(LabDefinition.DefaultNetwork)],
    };

    private async Task<long> StartAsync(string name)
    {
        var definition = new LabDefinition
        {
            Name = name,
            Title = name,
            Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork)],
            Machines = [Machine("client", ClusterFixture.Terminal), Machine("server", ClusterFixture.TinyVm)],
        };
        var lab = await _host.Services.GetRequiredService<ILabStore>()
            .PutAsync(definition, LabFiles.FromDefinition(name), null, _time.Provider.GetUtcNow(), Now);
        return (await Instances.StartAsync(new StartRequest(lab.Id, 1), Now)).ShouldBeOfType<StartResult.Accepted>().Instance.Id;
    }

    // Its VM has long to boot, and looks at the time again when something of it changes.
    private async Task WakeAsync(long id)
    {
        var @namespace = (await _observer.ListAsync(Kinds.Namespace, Ours(id), Now)).Items.ShouldHaveSingleItem().Name;
        var note = JsonNode.Parse("""{"metadata":{"annotations":{"example.org/note":"wake"}}}""")!.AsObject();
        await _observer.MergePatchAsync(Kinds.VirtualMachineInstance, @namespace, "server", note, WriteOptions.Default, Now);
    }

    // By kind and name; two of one would have names of their own.
    private async Task<ImmutableDictionary<string, string>> ObjectsAsync(long id)
    {
        var namespaces = (await _observer.ListAsync(Kinds.Namespace, Ours(id), Now)).Items;
        if (namespaces.Count == 0)
        {
            return [];
        }

        var name = namespaces.ShouldHaveSingleItem().Name;
        var scope = new ObjectScope { Namespace = name };
        IEnumerable<(string Kind, KubernetesObject Object)> all =
        [
            .. namespaces.Select(n => ("Namespace", (KubernetesObject)n)),
            .. (await _observer.ListAsync(Kinds.Pod, scope, Now)).Items.Select(p => ("Pod", (KubernetesObject)p)),
            .. (await _observer.ListAsync(Kinds.Service, scope, Now)).Items.Select(s => ("Service", (KubernetesObject)s)),
            .. (await _observer.ListAsync(Kinds.VirtualMachine, scope, Now)).Items.Select(v => ("VirtualMachine", (KubernetesObject)v)),
            .. (await _observer.ListAsync(Kinds.VirtualMachineInstance, scope, Now)).Items.Select(g => ("Guest", (KubernetesObject)g)),
            .. (await _observer.ListAsync(Kinds.DataVolume, scope, Now)).Items.Select(d => ("DataVolume", (KubernetesObject)d)),
        ];
        return all.ToImmutableDictionary(o => $"{o.Kind} {Plain(o.Object)}", o => o.Object.Metadata.Uid);
    }

    // The cluster's own names end in chance; what comes before says what it is.
    private static string Plain(KubernetesObject o) => o switch
    {
        Namespace => "",
        Pod when o.Name.StartsWith("virt-launcher-", StringComparison.Ordinal) => o.Name[..o.Name.LastIndexOf('-')],
        _ => o.Name,
    };

    private async Task<LabInstanceStatus> StatusAsync(long id) => (await Instances.FindAsync(id, Now)).ShouldNotBeNull().Status;

    private async Task IsStillAsync(long id, params InstancePhase[] phases)
    {
        var status = await StatusAsync(id);
        phases.ShouldContain(status.Phase, status.Reason);
        status.Machines.ShouldAllBe(m => m.Phase != MachinePhase.Failed);
    }

    private Task UntilAsync(long id, Func<LabInstanceStatus, bool> condition) => UntilAsync(async () => condition(await StatusAsync(id)), $"instance {id}");

    private async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Now);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"It does not come to this: {what}.");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{TimeProvider.System.GetElapsedTime(since).TotalSeconds:0.0} s until {what}");
    }
}
