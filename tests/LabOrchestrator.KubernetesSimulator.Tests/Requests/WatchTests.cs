namespace LabOrchestrator.KubernetesSimulator.Tests.Requests;

public sealed class WatchTests
{
    private const string Maps = "/api/v1/namespaces/a/configmaps";

    [Fact]
    public async Task A_watch_tells_every_change_after_a_version()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        var version = (await cluster.GetAsync(Maps)).Text("metadata", "resourceVersion");
        await cluster.PostAsync(Maps, """{"metadata":{"name":"m","labels":{"a":"1"}}}""");
        using var watch = await cluster.WatchAsync($"{Maps}?watch=true&labelSelector=a&resourceVersion={version}");
        (await watch.NextAsync()).Text("type").ShouldBe("ADDED");
        await cluster.SendAsync("PATCH", Maps + "/m", """{"data":{"k":"v"}}""", "application/merge-patch+json");
        (await watch.NextAsync()).Text("type").ShouldBe("MODIFIED");
        await cluster.SendAsync("PATCH", Maps + "/m", """{"metadata":{"labels":null}}""", "application/merge-patch+json");
        (await watch.NextAsync()).Text("type").ShouldBe("DELETED");
        await cluster.SendAsync("PATCH", Maps + "/m", """{"metadata":{"labels":{"a":"2"}}}""", "application/merge-patch+json");
        (await watch.NextAsync()).Text("type").ShouldBe("ADDED");
        await cluster.SendAsync("DELETE", Maps + "/m");
        (await watch.NextAsync()).Text("type").ShouldBe("DELETED");
    }

    [Fact]
    public async Task A_version_that_is_forgotten_ends_the_watch_with_410()
    {
        await using var cluster = await TestCluster.StartAsync();
        var version = (await cluster.GetAsync("/api/v1/pods")).Text("metadata", "resourceVersion");
        await cluster.AdminAsync("POST", "expire");
        using var watch = await cluster.WatchAsync("/api/v1/pods?watch=true&resourceVersion=" + version);
        var told = await watch.NextAsync();
        (told.Text("type"), told.Text("object", "code"), told.Text("object", "reason")).ShouldBe(("ERROR", "410", "Expired"));
        (await watch.NextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Bookmarks_come_when_they_are_allowed_and_the_end_when_its_time_is_over()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.AdminAsync("PUT", "settings", """{"bookmarkMilliseconds":100}""");
        using var watch = await cluster.WatchAsync("/api/v1/pods?watch=true&allowWatchBookmarks=true&timeoutSeconds=1");
        var told = await watch.NextAsync();
        (told.Text("type"), told.Text("object", "kind")).ShouldBe(("BOOKMARK", "Pod"));
        while (told is not null)
        {
            told = await watch.NextAsync();
        }
    }

    [Fact]
    public async Task A_streamed_list_ends_with_a_marked_bookmark()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var watch = await cluster.WatchAsync(
            "/api/v1/nodes?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        (await watch.NextAsync()).Text("type").ShouldBe("ADDED");
        var end = await watch.NextAsync();
        (end.Text("type"), end.Text("object", "metadata", "annotations", "k8s.io/initial-events-end")).ShouldBe(("BOOKMARK", "true"));
    }

    [Fact]
    public async Task A_version_of_the_future_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync();
        var refused = await cluster.GetAsync("/api/v1/pods?watch=true&resourceVersion=99999999");
        (refused.Code, refused.Text("details", "causes") is not null).ShouldBe((504, false));
        refused.Json["details"]!["causes"]![0].Text("reason").ShouldBe("ResourceVersionTooLarge");
    }

    [Fact]
    public async Task A_dropped_watch_just_ends()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var watch = await cluster.WatchAsync("/api/v1/pods?watch=true");
        await cluster.AdminAsync("POST", "watches/drop?resource=pods");
        (await watch.NextAsync()).ShouldBeNull();
    }
}
