namespace LabOrchestrator.KubernetesSimulator.Tests.Requests;

public sealed class ObjectTests
{
    private const string Maps = "/api/v1/namespaces/a/configmaps";

    [Fact]
    public async Task Objects_are_created_read_changed_and_deleted()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        (await cluster.PostAsync(Maps, """{"metadata":{"name":"m"},"data":{"k":"1"}}""")).Code.ShouldBe(201);
        var twice = await cluster.PostAsync(Maps, """{"metadata":{"name":"m"}}""");
        (twice.Code, twice.Text("reason"), twice.Text("details", "name"), twice.Text("message")).ShouldBe((409, "AlreadyExists", "m", "configmaps \"m\" already exists"));
        var read = (await cluster.GetAsync(Maps + "/m")).Json;
        read["data"]!["k"] = "2";
        (await cluster.SendAsync("PUT", Maps + "/m", read.ToJsonString())).Text("data", "k").ShouldBe("2");
        var stale = await cluster.SendAsync("PUT", Maps + "/m", read.ToJsonString());
        (stale.Code, stale.Text("reason")).ShouldBe((409, "Conflict"));
        (await cluster.SendAsync("DELETE", Maps + "/m")).Text("status").ShouldBe("Success");
        var gone = await cluster.GetAsync(Maps + "/m");
        (gone.Code, gone.Text("reason"), gone.Text("kind"), gone.Text("message")).ShouldBe((404, "NotFound", "Status", "configmaps \"m\" not found"));
    }

    [Fact]
    public async Task An_unknown_kind_and_a_missing_namespace_are_told_apart()
    {
        await using var cluster = await TestCluster.StartAsync(new SimulatorOptions { AddOns = [] });
        var kind = await cluster.GetAsync("/apis/kubevirt.io/v1/virtualmachines");
        (kind.Code, kind.Text("message"), kind.Text("details", "name")).ShouldBe((404, "the server could not find the requested resource", null));
        (await cluster.PostAsync(Maps, """{"metadata":{"name":"m"}}""")).Text("message").ShouldBe("namespaces \"a\" not found");
    }

    [Fact]
    public async Task A_strict_write_names_every_unknown_field()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        var body = """{"metadata":{"name":"p"},"spec":{"colour":1,"containers":[{"name":"c","image":"i:1","shape":2}]}}""";
        var refused = await cluster.PostAsync("/api/v1/namespaces/a/pods?fieldValidation=Strict", body);
        (refused.Code, refused.Text("message")).ShouldBe(
            (400, "Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.colour\", unknown field \"spec.containers[0].shape\""));
        var warned = await cluster.PostAsync("/api/v1/namespaces/a/pods", body);
        (warned.Code, warned.Headers.Warning.Count).ShouldBe((201, 2));
        warned.Json["spec"]!["colour"].ShouldBeNull();
    }

    [Fact]
    public async Task Wrong_types_and_missing_fields_are_refused()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        (await cluster.PostAsync("/api/v1/namespaces/a/pods", """{"metadata":{"name":"p"},"spec":{"containers":"none"}}""")).Code.ShouldBe(400);
        var machine = await cluster.PostAsync("/apis/kubevirt.io/v1/namespaces/a/virtualmachines", """{"metadata":{"name":"v"},"spec":{"runStrategy":"Always"}}""");
        (machine.Code, machine.Text("message")).ShouldBe((422, "VirtualMachine.kubevirt.io \"v\" is invalid: spec.template: Required value"));
        (await cluster.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"Not_A_Name"}}""")).Code.ShouldBe(422);
    }

    [Fact]
    public async Task A_list_in_pages_is_of_one_version()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        for (var at = 0; at < 7; at++)
        {
            await cluster.PostAsync(Maps, $$$$"""{"metadata":{"name":"m{{{{at}}}}","labels":{"odd":"{{{{at % 2}}}}"}}}""");
        }

        var first = await cluster.GetAsync(Maps + "?limit=3&labelSelector=odd");
        await cluster.SendAsync("DELETE", Maps + "/m4");
        var second = await cluster.GetAsync(Maps + "?limit=3&labelSelector=odd&continue=" + Uri.EscapeDataString(first.Text("metadata", "continue")!));
        second.Json["items"]!.AsArray().Select(i => i.Text("metadata", "name")).ShouldBe(["m3", "m4", "m5"]);
        second.Text("metadata", "resourceVersion").ShouldBe(first.Text("metadata", "resourceVersion"));
        (await cluster.GetAsync(Maps + "?labelSelector=odd%20in%20(1),!none&fieldSelector=metadata.name!%3Dm1")).Json["items"]!.AsArray().Count.ShouldBe(2);
        await cluster.AdminAsync("POST", "expire");
        var late = await cluster.GetAsync(Maps + "?limit=3&continue=" + Uri.EscapeDataString(first.Text("metadata", "continue")!));
        (late.Code, late.Text("reason")).ShouldBe((410, "Expired"));
    }

    [Fact]
    public async Task A_dry_run_stores_nothing()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        (await cluster.PostAsync(Maps + "?dryRun=All", """{"metadata":{"name":"m"}}""")).Code.ShouldBe(201);
        (await cluster.GetAsync(Maps + "/m")).Code.ShouldBe(404);
    }

    [Fact]
    public async Task Preconditions_of_a_deletion_are_kept()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync(Maps, """{"metadata":{"name":"m"}}""");
        (await cluster.SendAsync("DELETE", Maps + "/m", """{"preconditions":{"uid":"another"}}""")).Code.ShouldBe(409);
        (await cluster.GetAsync(Maps + "/m")).Code.ShouldBe(200);
    }
}
