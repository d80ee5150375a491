using System.Collections.Immutable;
using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Instances;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Rights;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

/// <summary>
/// What somebody deletes of a running lab. The reconciler works as in the server; nobody asks it to look, and its own full look comes
/// only after five minutes.
/// </summary>
public sealed class LostObjectsTests(ClusterFixture cluster) : IAsyncLifetime
{
    private static readonly ImmutableArray<string> Added =
    [
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"data":{"level":"easy"}}""",
        """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"key"},"stringData":{"key":"value"}}""",
        """{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"selector":{"app":"web"},"ports":[{"port":80}]}}""",
        """{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Mi"}}}}""",
        """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"extra"},"spec":{"containers":[{"name":"c","image":"registry.example.org/box:1"}]}}""",
        """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"front"},"spec":{"replicas":0,"selector":{"matchLabels":{"app":"front"}},"template":{"metadata":{"labels":{"app":"front"}},"spec":{"containers":[{"name":"c","image":"registry.example.org/box:1"}]}}}}""",
        """{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"store"},"spec":{"serviceName":"web","replicas":0,"selector":{"matchLabels":{"app":"store"}},"template":{"metadata":{"labels":{"app":"store"}},"spec":{"containers":[{"name":"c","image":"registry.example.org/box:1"}]}}}}""",
    ];

    private static readonly DeleteOptions AtOnce = new() { GracePeriodSeconds = 0 };

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private KubernetesLabRuntime _runtime = null!;
    private IHost _host = null!;

    private CancellationToken Now => _patience.Token;

    private LabInstances Instances => _host.Services.GetRequiredService<LabInstances>();

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(TimeSpan.FromMinutes(3));
        var role = Manifest.Of(Kinds.ClusterRole, null, new KubernetesRuntimeOptions().ObjectsRole);
        role["rules"] = new JsonArray([.. RequiredRights.OfAuthorsObjects.Select(r => new JsonObject
        {
            ["apiGroups"] = new JsonArray(r.Group),
            ["resources"] = new JsonArray(r.Resource),
            ["verbs"] = new JsonArray([.. r.Verbs.Select(v => JsonValue.Create(v))]),
        })]);
        await cluster.Admin.ApplyAsync(Kinds.ClusterRole, role, new ApplyOptions { Force = true }, Now);
        _runtime = cluster.NewRuntime(Installation.Create());
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILabRuntime>(_runtime).AddLabOrchestrator().AddInMemoryStores();
        _host = builder.Build();
        await _host.StartAsync(Now);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        foreach (var left in await _runtime.ListAsync(CancellationToken.None))
        {
            await _runtime.DeleteAsync(left.InstanceId, CancellationToken.None);
        }

        _host.Dispose();
        await _runtime.DisposeAsync();
        _patience.Dispose();
    }

    [Fact]
    public async Task Whatever_is_deleted_of_a_running_lab_beside_its_machines_is_made_again_and_said()
    {
        var (id, @namespace) = await StartAsync(Added, Machine("server", ClusterFixture.TinyVm));
        (KubernetesKind Kind, string Name)[] parts =
        [
            (Kinds.NetworkPolicy, "lab"), (Kinds.NetworkPolicy, "helper"), (Kinds.ResourceQuota, "lab"), (Kinds.LimitRange, "lab"),
            (Kinds.Service, "machines"), (Kinds.Service, "helper"), (Kinds.Pod, "helper"), (Kinds.Secret, "server-seed"),
            (Kinds.ConfigMap, "settings"), (Kinds.Secret, "key"), (Kinds.Service, "web"), (Kinds.PersistentVolumeClaim, "data"),
            (Kinds.Pod, "extra"), (Kinds.Deployment, "front"), (Kinds.StatefulSet, "store"),
            (Kinds.ServiceAccount, RequiredRights.AuthorsAccount), (Kinds.RoleBinding, RequiredRights.AuthorsAccount),
        ];
        foreach (var (kind, name) in parts)
        {
            var before = await UidAsync(kind, @namespace, name);
            before.ShouldNotBeNull($"{kind.Name} {name} is there at first");

            await cluster.Admin.DeleteAsync(kind, @namespace, name, AtOnce, Now);

            await UntilAsync(async () => await UidAsync(kind, @namespace, name) is { } now && now != before, $"{kind.Name} {name} is there again");
            await UntilAsync(async () => (await StatusAsync(id)).Remark?.Contains($"{kind.Name} {name}", StringComparison.Ordinal) == true, $"it is said that {kind.Name} {name} was lost");
        }

        (await StatusAsync(id)).ShouldSatisfyAllConditions(s => s.Phase.ShouldBe(InstancePhase.Running), s => s.Machines.Single().Phase.ShouldBe(MachinePhase.Running));
    }

    [Fact]
    public async Task A_deleted_machine_is_made_again_and_says_that_its_disk_is_new()
    {
        var (id, @namespace) = await StartAsync([], Machine("client", ClusterFixture.Terminal), Machine("server", ClusterFixture.TinyVm));
        (await StatusAsync(id)).Machines.ShouldAllBe(m => m.Remark == null || !m.Remark.Contains("lost", StringComparison.Ordinal));

        await cluster.Admin.DeleteAsync(Kinds.VirtualMachine, @namespace, "server", DeleteOptions.Default, Now);
        await UntilAsync(() => IsBackAsync(id, "server"), "the VM runs again and says so");
        await cluster.Admin.DeleteAsync(Kinds.Pod, @namespace, "client", AtOnce, Now);
        await UntilAsync(() => IsBackAsync(id, "client"), "the container runs again and says so");

        // The remark lasts as long as the disk.
        await Instances.RestartAsync(id, "server", Now);
        await UntilAsync(() => IsBackAsync(id, "server"), "the VM still says so after a restart");
        await Instances.ResetAsync(id, "server", Now);
        await UntilAsync(async () => (await MachineAsync(id, "server")) is { Phase: MachinePhase.Running, Remark: null }, "a reset is what its user wanted");
    }

    [Fact]
    public async Task A_pod_that_somebody_deletes_with_its_grace_is_made_again_and_said_too()
    {
        var (id, @namespace) = await StartAsync([], Machine("client", ClusterFixture.Terminal));

        await cluster.Admin.DeleteAsync(Kinds.Pod, @namespace, "client", DeleteOptions.Default, Now);

        await UntilAsync(
            async () => await MachineAsync(id, "client") is { Phase: MachinePhase.Running, Remark: { } remark }
                && remark.Contains("lost this machine", StringComparison.Ordinal),
            "the container runs again and says so");
    }

    [Theory]
    [InlineData("client", false)]
    [InlineData("client", true)]
    [InlineData("server", false)]
    public async Task A_lab_that_wants_to_ends_when_a_machine_of_it_is_deleted(string machine, bool atOnce)
    {
        var (id, @namespace) = await StartAsync(
            [], LossPolicy.Fail, Machine("client", ClusterFixture.Terminal), Machine("server", ClusterFixture.TinyVm));

        await cluster.Admin.DeleteAsync(
            machine == "client" ? Kinds.Pod : Kinds.VirtualMachine, @namespace, machine, atOnce ? AtOnce : DeleteOptions.Default, Now);

        await UntilAsync(async () => (await StatusAsync(id)).Phase == InstancePhase.Failed, "it ends");
        (await StatusAsync(id)).Reason.ShouldNotBeNull().ShouldContain($"lost \"{machine}\"");
    }

    [Fact]
    public async Task A_deleted_namespace_is_made_again_and_said()
    {
        var (id, @namespace) = await StartAsync([], Machine("client", ClusterFixture.Terminal));

        await cluster.Admin.DeleteAsync(Kinds.Namespace, null, @namespace, DeleteOptions.Default, Now);

        await UntilAsync(async () => (await StatusAsync(id)).Remark?.Contains("with everything in it", StringComparison.Ordinal) == true, "it is said");
        await UntilAsync(() => IsBackAsync(id, "client"), "the container runs again");
        (await UidAsync(Kinds.NetworkPolicy, @namespace, "lab")).ShouldNotBeNull();
    }

    [Fact]
    public async Task What_somebody_changes_of_a_running_lab_is_set_right_and_said()
    {
        var (id, @namespace) = await StartAsync(Added[..1], Machine("client", ClusterFixture.Terminal));
        using var somebody = cluster.NewClient(manager: "kubectl-edit");
        (KubernetesKind Kind, string Name, string Patch)[] changes =
        [
            (Kinds.NetworkPolicy, "lab", """{"spec":{"egress":[{}],"ingress":[{}]}}"""),
            (Kinds.ResourceQuota, "lab", """{"spec":{"hard":{"pods":"100"}}}"""),
            (Kinds.Namespace, @namespace, """{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}"""),
            (Kinds.RoleBinding, RequiredRights.AuthorsAccount, """{"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"system:authenticated"}]}"""),
            (Kinds.ServiceAccount, RequiredRights.AuthorsAccount, """{"automountServiceAccountToken":true}"""),
        ];
        foreach (var (kind, name, patch) in changes)
        {
            async Task<JsonObject> NowAsync()
            {
                var now = await cluster.Admin.GetRawAsync(kind, kind.Namespaced ? @namespace : null, name, Now);
                now["metadata"] = now["metadata"]!["labels"]!.DeepClone();
                now.Remove("status");
                return now;
            }

            var before = await NowAsync();

            await somebody.MergePatchAsync(kind.Plain(), kind.Namespaced ? @namespace : null, name, JsonNode.Parse(patch)!.AsObject(), WriteOptions.Default, Now);

            await UntilAsync(async () => (await StatusAsync(id)).Remark?.Contains($"set right: {kind.Name} {name}", StringComparison.Ordinal) == true, $"it is said that {kind.Name} {name} was changed");
            JsonNode.DeepEquals(await NowAsync(), before).ShouldBeTrue(kind.Name);
        }

        (await StatusAsync(id)).Phase.ShouldBe(InstancePhase.Running);
    }

    private static MachineDefinition Machine(string name, Image image) =>
        new() { Name = name, Title = name, Image = image.Name, Kind = image.Kind, MemoryBytes = 64L << 20, Networks = [new NetworkAttachment(LabDefinition.DefaultNetwork)] };

    private Task<(long Id, string Namespace)> StartAsync(ImmutableArray<string> objects, params ImmutableArray<MachineDefinition> machines) =>
        StartAsync(objects, LossPolicy.Repair, machines);

    private async Task<(long Id, string Namespace)> StartAsync(
        ImmutableArray<string> objects, LossPolicy onLoss, params ImmutableArray<MachineDefinition> machines)
    {
        var images = _host.Services.GetRequiredService<IImageStore>();
        await images.AddAsync(ClusterFixture.Terminal with { Id = 0 }, Now);
        await images.AddAsync(ClusterFixture.TinyVm with { Id = 0 }, Now);
        var definition = new LabDefinition
        {
            Name = "losing",
            Title = "losing",
            Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork)],
            ClusterObjects = objects,
            OnLoss = onLoss,
            Machines = machines,
        };
        var lab = await _host.Services.GetRequiredService<ILabStore>()
            .PutAsync(definition, LabFiles.FromDefinition(definition.Name), null, TimeProvider.System.GetUtcNow(), Now);
        var id = (await Instances.StartAsync(new StartRequest(lab.Id, 1), Now)).ShouldBeOfType<StartResult.Accepted>().Instance.Id;
        await UntilAsync(async () => (await StatusAsync(id)).Phase == InstancePhase.Running, "it runs");
        var ours = new ObjectScope { LabelSelector = $"lab-orchestrator/instance={id}" };
        return (id, (await cluster.Admin.ListAsync(Kinds.Namespace, ours, Now)).Items.Single(n => n.Name.StartsWith("losing", StringComparison.Ordinal)).Name);
    }

    private async Task<string?> UidAsync(KubernetesKind kind, string @namespace, string name)
    {
        try
        {
            var found = (await cluster.Admin.GetRawAsync(kind, @namespace, name, Now))["metadata"]!;
            return found["deletionTimestamp"] is null ? found["uid"]!.GetValue<string>() : null;
        }
        catch (Kubernetes.Api.Errors.ObjectNotFoundException)
        {
            return null;
        }
    }

    private async Task<LabInstanceStatus> StatusAsync(long id) => (await Instances.FindAsync(id, Now)).ShouldNotBeNull().Status;

    private async Task<MachineStatus> MachineAsync(long id, string machine) => (await StatusAsync(id)).Machines.Single(m => m.Name == machine);

    private async Task<bool> IsBackAsync(long id, string machine) =>
        await MachineAsync(id, machine) is { Phase: MachinePhase.Running, Remark: { } remark } && remark.Contains("its disk is as in its image", StringComparison.Ordinal);

    private async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
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
    }
}
