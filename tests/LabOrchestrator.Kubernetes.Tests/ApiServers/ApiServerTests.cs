using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Api.Watching;
using LabOrchestrator.Kubernetes.Tests.Api;

namespace LabOrchestrator.Kubernetes.Tests.ApiServers;

/// <summary>What the runtime relies on, said by whatever API server there is.</summary>
[Trait("Category", "ApiServer")]
[Collection<OneApiServer>]
public sealed class ApiServerTests(ApiServerFixture server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_apply_owns_what_it_states_and_removes_what_it_states_no_more()
    {
        await using var space = await server.NamespaceAsync();
        await server.Client.ApplyAsync(Kinds.ConfigMap, Map(space.Name, ("a", "1"), ("b", "2")), ApplyOptions.Default, Cancellation);
        await server.Client.ApplyAsync(Kinds.ConfigMap, Map(space.Name, ("a", "1")), ApplyOptions.Default, Cancellation);

        var raw = await server.Client.GetRawAsync(Kinds.ConfigMap, space.Name, "map", Cancellation);
        raw["data"]!.ToJsonString().ShouldBe("""{"a":"1"}""");
    }

    [Fact]
    public async Task A_field_of_another_manager_is_a_conflict_that_force_ends()
    {
        await using var space = await server.NamespaceAsync();
        await server.Client.ApplyAsync(Kinds.ConfigMap, Map(space.Name, ("a", "theirs")), new ApplyOptions { FieldManager = "them" }, Cancellation);

        var conflict = await Should.ThrowAsync<ApplyConflictException>(() => server.Client.ApplyAsync(Kinds.ConfigMap, Map(space.Name, ("a", "ours")), ApplyOptions.Default, Cancellation));

        conflict.Conflicts.Single().ShouldBe(new FieldConflict("them", ".data.a"));
        await server.Client.ApplyAsync(Kinds.ConfigMap, Map(space.Name, ("a", "ours")), new ApplyOptions { Force = true }, Cancellation);
    }

    [Fact]
    public async Task Objects_that_exist_are_missing_or_of_unknown_kinds_are_told_apart()
    {
        await using var space = await server.NamespaceAsync();
        await server.Client.CreateAsync(Kinds.ConfigMap, Map(space.Name), WriteOptions.Default, Cancellation);

        await Should.ThrowAsync<ObjectExistsException>(() => server.Client.CreateAsync(Kinds.ConfigMap, Map(space.Name), WriteOptions.Default, Cancellation));
        (await server.Client.FindAsync(Kinds.ConfigMap, space.Name, "none", Cancellation)).ShouldBeNull();
        var unknown = new KubernetesKind<PlainObject>("example.org", "v1", "Nothing", "nothings", namespaced: true, KubernetesJson.Default.PlainObject);
        (await Should.ThrowAsync<ObjectNotFoundException>(() => server.Client.FindAsync(unknown, space.Name, "none", Cancellation))).IsUnknownKind.ShouldBeTrue();
    }

    [Fact]
    public async Task A_field_that_no_schema_knows_is_named()
    {
        await using var space = await server.NamespaceAsync();
        var pod = Pod(space.Name);
        pod["spec"]!["colour"] = "red";

        (await Should.ThrowAsync<KubernetesException>(() => server.Client.ApplyAsync(Kinds.Pod, pod, ApplyOptions.Default, Cancellation))).Message.ShouldContain("colour");
        (await server.Client.FindAsync(Kinds.Pod, space.Name, "pod", Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task A_dry_run_stores_nothing()
    {
        await using var space = await server.NamespaceAsync();
        await server.Client.ApplyAsync(Kinds.ConfigMap, Map(space.Name), new ApplyOptions { DryRun = true }, Cancellation);

        (await server.Client.FindAsync(Kinds.ConfigMap, space.Name, "map", Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task A_level_of_Pod_Security_refuses_what_breaks_it()
    {
        await using var space = await server.NamespaceAsync([KeyValuePair.Create("pod-security.kubernetes.io/enforce", "baseline")]);
        var pod = Pod(space.Name);
        pod["spec"]!["hostNetwork"] = true;

        (await Should.ThrowAsync<ForbiddenException>(() => server.Client.ApplyAsync(Kinds.Pod, pod, ApplyOptions.Default, Cancellation))).Message.ShouldContain("hostNetwork");
    }

    [Fact]
    public async Task A_used_up_quota_is_told_as_one()
    {
        await using var space = await server.NamespaceAsync();
        var quota = Manifest.Of(Kinds.ResourceQuota, space.Name, "quota");
        quota["spec"] = new JsonObject { ["hard"] = new JsonObject { ["pods"] = "0" } };
        await server.Client.ApplyAsync(Kinds.ResourceQuota, quota, ApplyOptions.Default, Cancellation);
        await Eventually.HoldsAsync(async () => (await server.Client.GetRawAsync(Kinds.ResourceQuota, space.Name, "quota", Cancellation))["status"]?["hard"] is not null, "the quota's status");

        (await Should.ThrowAsync<ForbiddenException>(() => server.Client.ApplyAsync(Kinds.Pod, Pod(space.Name), ApplyOptions.Default, Cancellation))).IsQuota.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_is_impersonated_may_do_only_what_their_role_says()
    {
        await using var space = await server.NamespaceAsync();
        await server.Client.ApplyAsync(Kinds.Role, Read("Role", space.Name, """{"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["get","create","patch"]}]}"""), ApplyOptions.Default, Cancellation);
        await server.Client.ApplyAsync(Kinds.RoleBinding, Read("RoleBinding", space.Name,
            $$"""{"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"lab"},"subjects":[{"kind":"ServiceAccount","name":"default","namespace":"{{space.Name}}"}]}"""), ApplyOptions.Default, Cancellation);
        using var author = server.Client.As(Impersonation.ServiceAccount(space.Name, "default"));

        await Eventually.HoldsAsync(() => author.MayAsync("create", "", "configmaps", null, space.Name, Cancellation), "the role");
        await author.ApplyAsync(Kinds.ConfigMap, Map(space.Name, ("a", "1")), ApplyOptions.Default, Cancellation);
        await Should.ThrowAsync<ForbiddenException>(() => author.ApplyAsync(Kinds.Pod, Pod(space.Name), ApplyOptions.Default, Cancellation));
        (await author.MayAsync("create", "", "pods", null, space.Name, Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_watch_tells_what_happens_and_a_list_comes_in_pages()
    {
        await using var space = await server.NamespaceAsync();
        var seen = System.Threading.Channels.Channel.CreateBounded<(WatchEventType, string)>(100);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var listed = new TaskCompletionSource();
        var running = new Reflector<ConfigMap>(server.Client, Kinds.ConfigMap, new ObjectScope { Namespace = space.Name, LabelSelector = "ours" }, () => 0)
        {
            Listed = _ => listed.TrySetResult(),
            Seen = told => seen.Writer.TryWrite((told.Type, told.Object.Name)),
        }.RunAsync(stop.Token);
        await listed.Task.WaitAsync(Cancellation);
        for (var n = 0; n < 5; n++)
        {
            await server.Client.ApplyAsync(Kinds.ConfigMap, Read("ConfigMap", space.Name, "{}", $"map-{n}", "ours"), ApplyOptions.Default, Cancellation);
            (await seen.Reader.ReadAsync(Cancellation)).ShouldBe((WatchEventType.Added, $"map-{n}"));
        }

        await server.Client.DeleteAsync(Kinds.ConfigMap, space.Name, "map-0", DeleteOptions.Default, Cancellation);
        (await seen.Reader.ReadAsync(Cancellation)).ShouldBe((WatchEventType.Deleted, "map-0"));
        await stop.CancelAsync();
        await running;
        var page = await server.Client.ListPageAsync(Kinds.ConfigMap, new ObjectScope { Namespace = space.Name, LabelSelector = "ours" }, 3, null, Cancellation);
        var rest = await server.Client.ListPageAsync(Kinds.ConfigMap, new ObjectScope { Namespace = space.Name, LabelSelector = "ours" }, 3, page.Continue, Cancellation);
        page.Items.Concat(rest.Items).Select(i => i.Name).ShouldBe(["map-1", "map-2", "map-3", "map-4"]);
    }

    [Fact]
    public async Task A_namespace_ends_with_all_that_is_in_it()
    {
        var space = await server.NamespaceAsync();
        await server.Client.ApplyAsync(Kinds.ConfigMap, Map(space.Name), ApplyOptions.Default, Cancellation);
        await server.Client.ApplyAsync(Kinds.Pod, Pod(space.Name), ApplyOptions.Default, Cancellation);
        await space.DisposeAsync();

        await Eventually.HoldsAsync(async () => await server.Client.FindAsync(Kinds.Namespace, null, space.Name, Cancellation) is null, "the end of the namespace");
    }

    private static JsonObject Map(string space, params (string Key, string Value)[] data)
    {
        var map = Manifest.Of(Kinds.ConfigMap, space, "map");
        map["data"] = new JsonObject(data.Select(d => KeyValuePair.Create<string, JsonNode?>(d.Key, d.Value)));
        return map;
    }

    private static JsonObject Pod(string space)
    {
        var pod = Manifest.Of(Kinds.Pod, space, "pod");
        pod["spec"] = JsonNode.Parse("""{"terminationGracePeriodSeconds":1,"automountServiceAccountToken":false,"containers":[{"name":"c","image":"registry.k8s.io/pause:3.9"}]}""");
        return pod;
    }

    private static JsonObject Read(string kind, string space, string rest, string name = "lab", string? label = null)
    {
        var manifest = JsonNode.Parse(rest)!.AsObject();
        manifest["apiVersion"] = kind == "ConfigMap" ? "v1" : "rbac.authorization.k8s.io/v1";
        manifest["kind"] = kind;
        manifest["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = space };
        if (label is not null)
        {
            manifest["metadata"]!["labels"] = new JsonObject { [label] = "1" };
        }

        return manifest;
    }
}
