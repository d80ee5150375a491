namespace LabOrchestrator.KubernetesSimulator.Tests.Controllers;

public sealed class WorkloadTests
{
    private const string Pods = "/api/v1/namespaces/a/pods";
    private const string Spec =
        """{"replicas":2,"selector":{"matchLabels":{"app":"w"}},"serviceName":"w","template":{"metadata":{"labels":{"app":"w"}},"spec":{"containers":[{"name":"c","image":"i:1"}]}}}""";

    [Fact]
    public async Task A_deployment_makes_its_pods_again_and_takes_them_along()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        const string deployment = "/apis/apps/v1/namespaces/a/deployments/w";
        await cluster.ApplyAsync(deployment, $$"""{"spec":{{Spec.Replace("\"serviceName\":\"w\",", "", StringComparison.Ordinal)}}}""");
        await cluster.EventuallyAsync(deployment, a => a.Text("status", "readyReplicas") == "2");
        var first = (await cluster.GetAsync(Pods)).Json["items"]![0].Text("metadata", "name");
        await cluster.SendAsync("DELETE", $"{Pods}/{first}");
        await cluster.EventuallyAsync(Pods, a => a.Json["items"]!.AsArray().Count == 2 && !a.Body.Contains($"\"{first}\"", StringComparison.Ordinal));
        await cluster.SendAsync("DELETE", deployment);
        await cluster.EventuallyAsync(Pods, a => a.Json["items"]!.AsArray().Count == 0);
    }

    [Fact]
    public async Task A_stateful_set_numbers_its_pods()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.ApplyAsync("/apis/apps/v1/namespaces/a/statefulsets/w", $$"""{"spec":{{Spec}}}""");
        await cluster.EventuallyAsync("/apis/apps/v1/namespaces/a/statefulsets/w", a => a.Text("status", "readyReplicas") == "2");
        (await cluster.GetAsync(Pods)).Json["items"]!.AsArray().Select(p => p.Text("metadata", "name")).ShouldBe(["w-0", "w-1"]);
    }
}
