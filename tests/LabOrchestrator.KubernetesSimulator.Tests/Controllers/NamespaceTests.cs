namespace LabOrchestrator.KubernetesSimulator.Tests.Controllers;

public sealed class NamespaceTests
{
    [Fact]
    public async Task A_namespace_takes_everything_in_it_along()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.EventuallyAsync("/api/v1/namespaces/a/serviceaccounts/default", a => a.Code == 200);
        await cluster.PostAsync("/api/v1/namespaces/a/pods", """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i:1"}]}}""");
        await cluster.EventuallyAsync("/api/v1/namespaces/a/pods/p", a => a.Text("status", "phase") == "Running");
        (await cluster.SendAsync("DELETE", "/api/v1/namespaces/a")).Text("status", "phase").ShouldBe("Terminating");
        await cluster.EventuallyAsync("/api/v1/namespaces/a", a => a.Code == 404);
        (await cluster.GetAsync("/api/v1/pods")).Json["items"]!.AsArray().Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_finalizer_holds_it_and_the_conditions_say_which()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync("/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m","finalizers":["example.org/held"]}}""");
        await cluster.SendAsync("DELETE", "/api/v1/namespaces/a");
        var stuck = await cluster.EventuallyAsync("/api/v1/namespaces/a", a => a.Body.Contains("SomeFinalizersRemain", StringComparison.Ordinal));
        stuck.Body.ShouldContain("Some content in the namespace has finalizers remaining: example.org/held in 1 resource instances");
        stuck.Body.ShouldContain("configmaps. has 1 resource instances");
        var late = await cluster.PostAsync("/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"n"}}""");
        (late.Code, late.Json["details"]!["causes"]![0].Text("reason")).ShouldBe((403, "NamespaceTerminating"));
        await cluster.SendAsync("PATCH", "/api/v1/namespaces/a/configmaps/m", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        await cluster.EventuallyAsync("/api/v1/namespaces/a", a => a.Code == 404);
    }
}
