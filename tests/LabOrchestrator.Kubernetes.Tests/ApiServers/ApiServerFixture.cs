using System.Security.Cryptography;
using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.KubernetesSimulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.ApiServers;

/// <summary>One API server for all of them.</summary>
[CollectionDefinition]
public sealed class OneApiServer : ICollectionFixture<ApiServerFixture>;

/// <summary>
/// The API server that the tests of this folder run against: the one of the kubeconfig that <see cref="Variable"/> names, as
/// <c>make test-kubernetes</c> sets it, else the simulator. What a bare API server lacks is added: definitions of custom kinds,
/// the work of the controller manager, and KubeVirt, which the simulator plays behind it.
/// </summary>
public sealed class ApiServerFixture : IAsyncLifetime
{
    public const string Variable = "LABORCHESTRATOR_Tests__Kubeconfig";

    private const string SimulatorNamespace = "lab-orchestrator-tests";

    private static readonly KubernetesKind<PlainObject> Definitions =
        new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced: false, KubernetesJson.Default.PlainObject);

    private static readonly KubernetesKind<PlainObject> Services =
        new("apiregistration.k8s.io", "v1", "APIService", "apiservices", namespaced: false, KubernetesJson.Default.PlainObject);

    private StandIns? _standIns;
    private Twins? _twins;
    private SimulatedCluster _simulator = null!;
    private Func<ClusterConfiguration> _cluster = null!;
    private KubernetesClient? _simulated;

    internal KubernetesClient Client { get; private set; } = null!;

    /// <summary>Machines come up by what this fixture adds, whatever their images.</summary>
    public bool PlaysMachines { get; private set; } = true;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } file)
        {
            _simulator = await SimulatedCluster.StartAsync();
            _cluster = () => new ClusterConfiguration { Server = _simulator.Address, Origin = "the simulator" };
            Client = NewClient();
            return;
        }

        _simulator = await SimulatedCluster.StartAsync(new SimulatorOptions { Tls = true });
        _simulated = ClientOf(() => new ClusterConfiguration { Server = _simulator.Address, Origin = "the simulator", SkipTlsVerification = true });
        _cluster = () => Kubeconfig.Read([file], null, TimeProvider.System);
        Client = NewClient();
        await DefineAsync();
        if (!await HasControllerManagerAsync())
        {
            _standIns = new StandIns(Client);
        }

        PlaysMachines = (await Client.ListAsync(Kinds.Node, ObjectScope.Everything, CancellationToken.None)).Items.Count == 0;
        if (PlaysMachines)
        {
            await ServeSubresourcesAsync();
            _twins = new Twins(Client, _simulated);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_twins?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_standIns?.DisposeAsync() ?? ValueTask.CompletedTask);
        _simulated?.Dispose();
        Client.Dispose();
        await _simulator.DisposeAsync();
    }

    /// <summary>A namespace of its own, gone with its content when it is disposed.</summary>
    internal async Task<TestNamespace> NamespaceAsync(IEnumerable<KeyValuePair<string, string>>? labels = null)
    {
        var name = "lab-test-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
        await Client.CreateAsync(Kinds.Namespace, Manifest.Of(Kinds.Namespace, null, name, labels), WriteOptions.Default, CancellationToken.None);
        await Eventually.HoldsAsync(async () => await Client.FindAsync(Kinds.ServiceAccount, name, "default", CancellationToken.None) is not null, $"the account of {name}");
        return new TestNamespace(Client, name);
    }

    /// <summary>Another client of the same server.</summary>
    internal KubernetesClient NewClient() => ClientOf(_cluster);

    private static KubernetesClient ClientOf(Func<ClusterConfiguration> load) => new(
        load, new KubernetesClientOptions { RequestsPerSecond = 0 }, TimeProvider.System, NullLogger<KubernetesClient>.Instance);

    private async Task DefineAsync()
    {
        foreach (var file in Directory.EnumerateFiles(RepositoryDocument.PathOf("tests/KubernetesSchemas"), "*.kubevirt.io.json", SearchOption.AllDirectories))
        {
            var definition = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
            if (await Client.FindAsync(Definitions, null, Manifest.NameOf(definition)!, CancellationToken.None) is null)
            {
                await Client.ApplyAsync(Definitions, definition, ApplyOptions.Default, CancellationToken.None);
            }
        }

        await Eventually.HoldsAsync(() => ServesAsync(Kinds.VirtualMachine), "the definition of VirtualMachine");
        await Eventually.HoldsAsync(() => ServesAsync(Kinds.DataVolume), "the definition of DataVolume");
    }

    private async Task<bool> ServesAsync<T>(KubernetesKind<T> kind)
        where T : KubernetesObject
    {
        try
        {
            await Client.ListAsync(kind, ObjectScope.Everything, CancellationToken.None);
            return true;
        }
        catch (KubernetesException)
        {
            return false;
        }
    }

    /// <summary>A controller manager gives each new namespace its account within moments.</summary>
    private async Task<bool> HasControllerManagerAsync()
    {
        var name = "lab-test-probe-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
        await Client.CreateAsync(Kinds.Namespace, Manifest.Of(Kinds.Namespace, null, name), WriteOptions.Default, CancellationToken.None);
        var found = false;
        for (var tries = 0; tries < 30 && !found; tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            found = await Client.FindAsync(Kinds.ServiceAccount, name, "default", CancellationToken.None) is not null;
        }

        await Client.DeleteAsync(Kinds.Namespace, null, name, DeleteOptions.Default, CancellationToken.None);
        return found;
    }

    /// <summary>Has the API server ask the simulator for KubeVirt's subresources, by a service that is but a name for this machine.</summary>
    private async Task ServeSubresourcesAsync()
    {
        if ((await Client.GroupsAsync(CancellationToken.None)).Serves("subresources.kubevirt.io", "v1"))
        {
            return;
        }

        await Client.ApplyAsync(Kinds.Namespace, Manifest.Of(Kinds.Namespace, null, SimulatorNamespace), ApplyOptions.Default, CancellationToken.None);
        var service = Manifest.Of(Kinds.Service, SimulatorNamespace, "virt-api");
        service["spec"] = new JsonObject
        {
            ["type"] = "ExternalName",
            ["externalName"] = "localhost",
            ["ports"] = new JsonArray(new JsonObject { ["port"] = _simulator.Address.Port, ["protocol"] = "TCP" }),
        };
        await Client.ApplyAsync(Kinds.Service, service, new ApplyOptions { Force = true }, CancellationToken.None);
        var served = Manifest.Of(Services, null, "v1.subresources.kubevirt.io");
        served["spec"] = new JsonObject
        {
            ["group"] = "subresources.kubevirt.io",
            ["version"] = "v1",
            ["groupPriorityMinimum"] = 1000,
            ["versionPriority"] = 15,
            ["insecureSkipTLSVerify"] = true,
            ["service"] = new JsonObject { ["namespace"] = SimulatorNamespace, ["name"] = "virt-api", ["port"] = _simulator.Address.Port },
        };
        await Client.ApplyAsync(Services, served, new ApplyOptions { Force = true }, CancellationToken.None);
        await Eventually.HoldsAsync(async () => (await Client.GroupsAsync(CancellationToken.None)).Serves("subresources.kubevirt.io", "v1"), "KubeVirt's subresources");
    }
}

/// <summary>A namespace that a test has for itself.</summary>
internal sealed class TestNamespace(KubernetesClient client, string name) : IAsyncDisposable
{
    public string Name => name;

    public async ValueTask DisposeAsync() => await client.DeleteAsync(Kinds.Namespace, null, name, DeleteOptions.Default, CancellationToken.None);
}
