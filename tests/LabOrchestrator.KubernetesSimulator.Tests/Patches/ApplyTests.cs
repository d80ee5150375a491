namespace LabOrchestrator.KubernetesSimulator.Tests.Patches;

public sealed class ApplyTests
{
    private const string Map = "/api/v1/namespaces/a/configmaps/m";
    private const string Pod = "/api/v1/namespaces/a/pods/p";

    [Fact]
    public async Task A_field_that_is_no_longer_applied_goes()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        (await cluster.ApplyAsync(Map, """{"data":{"a":"1","b":"2"}}""")).Code.ShouldBe(201);
        var applied = await cluster.ApplyAsync(Map, """{"data":{"a":"1"}}""");
        (applied.Code, applied.Json["data"]!.ToJsonString()).ShouldBe((200, """{"a":"1"}"""));
    }

    [Fact]
    public async Task Another_managers_field_is_a_conflict_that_names_them()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.ApplyAsync(Map, """{"data":{"a":"1"}}""", "first");
        var refused = await cluster.ApplyAsync(Map, """{"data":{"a":"2"}}""", "second");
        (refused.Code, refused.Text("reason"), refused.Text("message")).ShouldBe((409, "Conflict", "Apply failed with 1 conflict: conflict with \"first\" using v1: .data.a"));
        var cause = refused.Json["details"]!["causes"]![0];
        (cause.Text("reason"), cause.Text("field"), cause.Text("message")).ShouldBe(("FieldManagerConflict", ".data.a", "conflict with \"first\" using v1"));
        (await cluster.ApplyAsync(Map, """{"data":{"a":"1"}}""", "second")).Code.ShouldBe(200);
        (await cluster.ApplyAsync(Map, """{"data":{"a":"2"}}""", "second", "&force=true")).Text("data", "a").ShouldBe("2");
        (await cluster.ApplyAsync(Map, """{"data":{"a":"1"}}""", "first")).Code.ShouldBe(409);
    }

    [Fact]
    public async Task A_plain_patch_takes_the_field_from_who_applied_it()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.ApplyAsync(Map, """{"data":{"a":"1"}}""");
        await cluster.SendAsync("PATCH", Map + "?fieldManager=kubectl-edit", """{"data":{"a":"9"}}""", "application/merge-patch+json");
        (await cluster.ApplyAsync(Map, """{"data":{"a":"1"}}""")).Text("message")!.ShouldContain("conflict with \"kubectl-edit\" using v1: .data.a");
    }

    [Fact]
    public async Task The_same_apply_again_changes_nothing()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        var first = await cluster.ApplyAsync(Map, """{"data":{"a":"1"}}""");
        (await cluster.ApplyAsync(Map, """{"data":{"a":"1"}}""")).Text("metadata", "resourceVersion").ShouldBe(first.Text("metadata", "resourceVersion"));
    }

    [Fact]
    public async Task Items_of_a_list_with_keys_have_owners_of_their_own()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        const string service = "/api/v1/namespaces/a/services/s";
        await cluster.ApplyAsync(service, """{"spec":{"ports":[{"port":80,"name":"http"}]}}""", "one");
        var both = await cluster.ApplyAsync(service, """{"spec":{"ports":[{"port":443,"name":"https"}]}}""", "two");
        both.Json["spec"]!["ports"]!.AsArray().Select(p => p.Text("name")).ShouldBe(["http", "https"]);
        var rest = await cluster.ApplyAsync(service, """{"spec":{"ports":[]}}""", "one");
        rest.Json["spec"]!["ports"]!.AsArray().Select(p => p.Text("name")).ShouldBe(["https"]);
    }

    [Fact]
    public async Task An_apply_without_manager_or_with_an_unknown_field_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        (await cluster.SendAsync("PATCH", Map, "{}", "application/apply-patch+yaml")).Code.ShouldBe(422);
        (await cluster.ApplyAsync(Pod, """{"apiVersion":"v1","kind":"Pod","spec":{"colour":"red"}}""")).Text("message")
            .ShouldBe("failed to create typed patch object (a/p; v1, Kind=Pod): .spec.colour: field not declared in schema");
    }
}
