namespace LabOrchestrator.KubernetesSimulator.Tests.Administration;

public sealed class FaultTests
{
    [Fact]
    public async Task A_fault_strikes_as_often_as_it_is_told_and_only_where_it_matches()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.AdminAsync("POST", "faults", """{"verb":"list","resource":"pods","status":429,"retryAfterSeconds":2,"times":1}""");
        (await cluster.GetAsync("/api/v1/nodes")).Code.ShouldBe(200);
        var refused = await cluster.GetAsync("/api/v1/pods");
        (refused.Code, refused.Headers.RetryAfter!.Delta, refused.Text("reason")).ShouldBe((429, TimeSpan.FromSeconds(2), "TooManyRequests"));
        (await cluster.GetAsync("/api/v1/pods")).Code.ShouldBe(200);
    }

    [Fact]
    public async Task An_answer_can_be_lost_when_the_work_is_done()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.AdminAsync("POST", "faults", """{"verb":"create","resource":"namespaces","cutAfter":true,"times":1}""");
        await Should.ThrowAsync<HttpRequestException>(() => cluster.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"a"}}"""));
        (await cluster.GetAsync("/api/v1/namespaces/a")).Code.ShouldBe(200);
    }

    [Fact]
    public async Task A_partition_cuts_watches_and_refuses_requests_until_it_ends()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var watch = await cluster.WatchAsync("/api/v1/pods?watch=true");
        await cluster.AdminAsync("PUT", "partition");
        await Should.ThrowAsync<Exception>(watch.NextAsync);
        await Should.ThrowAsync<HttpRequestException>(() => cluster.GetAsync("/version"));
        await cluster.AdminAsync("DELETE", "partition");
        (await cluster.GetAsync("/version")).Code.ShouldBe(200);
    }

    [Fact]
    public async Task Requests_are_counted_by_verb_and_resource()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.ApplyAsync("/api/v1/namespaces/a/configmaps/m", "{}");
        await cluster.ApplyAsync("/api/v1/namespaces/a/configmaps/m", "{}");
        (await cluster.AskAdminAsync("requests")).ToJsonString().ShouldBe("""{"create namespaces":1,"patch configmaps":2}""");
        await cluster.AdminAsync("DELETE", "requests");
        (await cluster.AskAdminAsync("requests")).ToJsonString().ShouldBe("{}");
    }

    [Fact]
    public async Task A_setting_that_is_not_known_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync();
        await Assert.ThrowsAsync<ShouldAssertException>(() => cluster.AdminAsync("PUT", "settings", """{"colour":1}"""));
    }
}
