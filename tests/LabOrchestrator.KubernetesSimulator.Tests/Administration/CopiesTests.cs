namespace LabOrchestrator.KubernetesSimulator.Tests.Administration;

public sealed class CopiesTests
{
    [Fact]
    public async Task A_namespace_is_copied_with_the_status_of_all_that_is_in_it()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("lab-1-1", """{"instance":"1"}""");
        await cluster.PostAsync("/api/v1/namespaces/lab-1-1/pods", """{"metadata":{"name":"p","labels":{"instance":"1"}},"spec":{"containers":[{"name":"c","image":"i:1"}]}}""");
        await cluster.EventuallyAsync("/api/v1/namespaces/lab-1-1/pods/p", a => a.Text("status", "phase") == "Running");
        await cluster.AdminAsync("POST", "copies", """{"namespace":"lab-1-1","first":2,"count":1000,"replace":[{"text":"lab-1-1","with":"lab-1-{n}"},{"text":"\"instance\":\"1\"","with":"\"instance\":\"{n}\""}]}""");
        var last = await cluster.GetAsync("/api/v1/namespaces/lab-1-1001/pods/p");
        (last.Text("status", "phase"), last.Text("metadata", "labels", "instance")).ShouldBe(("Running", "1001"));
        List<string> seen = [];
        for (var token = ""; token is not null;)
        {
            var page = await cluster.GetAsync("/api/v1/pods?limit=300&continue=" + Uri.EscapeDataString(token));
            seen.AddRange(page.Json["items"]!.AsArray().Select(p => p.Text("metadata", "uid")!));
            token = page.Text("metadata", "continue");
        }

        (seen.Count, seen.Distinct().Count()).ShouldBe((1001, 1001));
    }

    [Fact]
    public async Task Copies_without_names_of_their_own_are_refused()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("lab");
        await Assert.ThrowsAsync<ShouldAssertException>(() => cluster.AdminAsync("POST", "copies", """{"namespace":"lab","first":2,"count":1,"replace":[]}"""));
    }
}
