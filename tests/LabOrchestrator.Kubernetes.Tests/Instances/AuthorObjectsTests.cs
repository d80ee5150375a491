using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Rights;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

public sealed class AuthorObjectsTests(ClusterFixture cluster) : IAsyncLifetime
{
    private const string Settings = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"data":{"level":"easy"}}""";
    private static readonly ApplyOptions Ours = new() { Force = true };
    private static long _last = 7_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var role = Manifest.Of(Kinds.ClusterRole, null, new KubernetesRuntimeOptions().ObjectsRole);
        role["rules"] = new JsonArray([.. RequiredRights.OfAuthorsObjects.Select(r => new JsonObject
        {
            ["apiGroups"] = new JsonArray(r.Group),
            ["resources"] = new JsonArray(r.Resource),
            ["verbs"] = new JsonArray([.. r.Verbs.Select(v => JsonValue.Create(v))]),
        })]);
        await cluster.Admin.ApplyAsync(Kinds.ClusterRole, role, Ours, Token);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_an_author_adds_stands_in_the_instances_namespace_before_its_machines_run()
    {
        var instance = Instance(Settings);
        await ApplyAsync(instance);

        var @namespace = await cluster.NamespaceOfAsync(instance.InstanceId);
        var settings = await cluster.Admin.GetRawAsync(Kinds.ConfigMap, @namespace, "settings", Token);
        settings["data"]!["level"]!.GetValue<string>().ShouldBe("easy");
        settings["metadata"]!["labels"]!["lab-orchestrator/instance"]!.GetValue<string>().ShouldBe($"{instance.InstanceId}");
        await cluster.Runtime.DeleteAsync(instance.InstanceId, Token);
    }

    [Fact]
    public async Task An_instance_that_has_them_is_looked_at_again_without_a_request()
    {
        // One of its own, since other tests ask too.
        await using var runtime = cluster.NewRuntime(cluster.Installation);
        var instance = Instance(Settings);
        await runtime.ApplyAsync(instance, new Progress<MachineProgress>(), Token);

        // While a watch is behind, what it does not show is applied once more.
        await Api.Eventually.HoldsAsync(
            async () =>
            {
                var before = runtime.RequestsSent;
                await runtime.ApplyAsync(instance, new Progress<MachineProgress>(), Token);
                return runtime.RequestsSent == before;
            },
            "it takes no request");
        await runtime.DeleteAsync(instance.InstanceId, Token);
    }

    [Fact]
    public async Task The_account_of_a_namespace_may_do_nothing_else_and_nothing_elsewhere()
    {
        var (one, other) = (Instance(Settings), Instance(Settings));
        await ApplyAsync(one);
        await ApplyAsync(other);
        var (here, there) = (await cluster.NamespaceOfAsync(one.InstanceId), await cluster.NamespaceOfAsync(other.InstanceId));
        using var client = cluster.NewClient();
        var author = client.As(Impersonation.ServiceAccount(here, RequiredRights.AuthorsAccount));

        await author.ApplyAsync(Kinds.ConfigMap, ConfigMap(here), Ours, Token);
        await Should.ThrowAsync<ForbiddenException>(() => author.ApplyAsync(Kinds.ConfigMap, ConfigMap(there), Ours, Token));
        await Should.ThrowAsync<ForbiddenException>(() => author.GetRawAsync(Kinds.Secret, here, "client-logins", Token));
        await Should.ThrowAsync<ForbiddenException>(
            () => author.DeleteAsync(Kinds.NetworkPolicy, here, "lab", new DeleteOptions(), Token));
        await Should.ThrowAsync<ForbiddenException>(
            () => author.GetRawAsync(Kinds.RoleBinding, here, RequiredRights.AuthorsAccount, Token));
        await cluster.Runtime.DeleteAsync(one.InstanceId, Token);
        await cluster.Runtime.DeleteAsync(other.InstanceId, Token);
    }

    [Fact]
    public async Task An_object_that_the_cluster_refuses_fails_the_instance_with_the_clusters_words()
    {
        var instance = Instance("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"odd"},"data":{"key":"%%"}}""");

        var failure = await Should.ThrowAsync<InstanceFailedException>(() => ApplyAsync(instance));

        failure.Message.ShouldContain("base64");
        await cluster.Runtime.DeleteAsync(instance.InstanceId, Token);
    }

    [Fact]
    public async Task A_lab_that_was_read_before_its_objects_were_refused_makes_none_of_them()
    {
        var instance = Instance(
            Settings,
            """
            {"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/service-account-token",
             "metadata":{"name":"token","annotations":{"kubernetes.io/service-account.name":"lab-author"}}}
            """);

        var failure = await Should.ThrowAsync<InstanceFailedException>(() => ApplyAsync(instance));

        failure.Message.ShouldContain("type of the Secret \"token\"");
        var @namespace = await cluster.NamespaceOfAsync(instance.InstanceId);
        (await cluster.Admin.FindAsync(Kinds.Secret, @namespace, "token", Token)).ShouldBeNull();
        (await cluster.Admin.FindAsync(Kinds.ConfigMap, @namespace, "settings", Token)).ShouldBeNull();
        await cluster.Runtime.DeleteAsync(instance.InstanceId, Token);
    }

    private Task<ObservedInstance> ApplyAsync(InstanceSpec instance) => cluster.Runtime.ApplyAsync(instance, new Progress<MachineProgress>(), Token);

    private static JsonObject ConfigMap(string @namespace)
    {
        var manifest = Manifest.Of(Kinds.ConfigMap, @namespace, "more");
        manifest["data"] = new JsonObject { ["a"] = "b" };
        return manifest;
    }

    private static InstanceSpec Instance(params string[] objects) => new()
    {
        InstanceId = Interlocked.Increment(ref _last),
        OwnerId = 7,
        NamespacePrefix = "authors",
        Networks = [new NetworkDefinition("lab")],
        ClusterObjects = [.. objects],
        Machines =
        [
            new MachineSpec
            {
                Image = ClusterFixture.Terminal,
                Definition = new MachineDefinition
                {
                    Name = "client",
                    Title = "client",
                    Image = "terminal",
                    Kind = ImageKind.Container,
                    MemoryBytes = 64L << 20,
                    Networks = [new NetworkAttachment("lab")],
                },
            },
        ],
    };
}
