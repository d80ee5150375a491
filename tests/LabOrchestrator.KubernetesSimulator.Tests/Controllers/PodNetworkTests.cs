namespace LabOrchestrator.KubernetesSimulator.Tests.Controllers;

public sealed class PodNetworkTests
{
    private const string Pods = "/api/v1/namespaces/a/pods";
    private const string Denial =
        """{"metadata":{"name":"deny"},"spec":{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Ingress"]}}""";

    [Fact]
    public async Task A_pod_that_dials_another_is_ready_while_it_gets_through()
    {
        await using var cluster = await TestCluster.StartAsync();
        await DialAsync(cluster, 80);
        await cluster.EventuallyAsync($"{Pods}/client", a => Ready(a) == "True");

        (await cluster.PostAsync("/apis/networking.k8s.io/v1/namespaces/a/networkpolicies", Denial)).Code.ShouldBe(201);
        await cluster.EventuallyAsync($"{Pods}/client", a => Ready(a) == "False");

        await cluster.AdminAsync("PUT", "settings", """{"enforcedPolicyTypes":[]}""");
        await cluster.EventuallyAsync($"{Pods}/client", a => Ready(a) == "True");

        await cluster.AdminAsync("PUT", "settings", """{"enforcedPolicyTypes":["Ingress","Egress"]}""");
        await cluster.EventuallyAsync($"{Pods}/client", a => Ready(a) == "False");

        await cluster.SendAsync("DELETE", $"{Pods}/web?gracePeriodSeconds=0");
        await cluster.SendAsync("DELETE", "/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/deny");
        await cluster.EventuallyAsync($"{Pods}/web", a => a.Code == 404);
        Ready(await cluster.GetAsync($"{Pods}/client")).ShouldBe("False");
    }

    [Fact]
    public async Task A_port_that_no_container_states_is_closed()
    {
        await using var cluster = await TestCluster.StartAsync();
        await DialAsync(cluster, 81);
        await cluster.EventuallyAsync($"{Pods}/client", a => a.Text("status", "phase") == "Running" && Ready(a) == "False");
        await DialAsync(cluster, 80, "other");
        await cluster.EventuallyAsync($"{Pods}/other", a => Ready(a) == "True");
        Ready(await cluster.GetAsync($"{Pods}/client")).ShouldBe("False");
    }

    private static async Task DialAsync(TestCluster cluster, int port, string name = "client")
    {
        if (name == "client")
        {
            await cluster.NamespaceAsync("a");
            (await cluster.PostAsync(Pods, """{"metadata":{"name":"web","labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i:1","ports":[{"containerPort":80}]}]}}""")).Code.ShouldBe(201);
        }

        var web = await cluster.EventuallyAsync($"{Pods}/web", a => a.Text("status", "podIP") is not null);
        var probe = $$$"""{"exec":{"command":["sh","-c","socat -u TCP4:{{{web.Text("status", "podIP")}}}:{{{port}}},connect-timeout=2 STDOUT"]}}""";
        (await cluster.PostAsync(Pods, $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"containers":[{"name":"c","image":"i:1","readinessProbe":{{{probe}}} }]}}""")).Code.ShouldBe(201);
    }

    private static string? Ready(Answer pod) =>
        pod.Json["status"]?["conditions"]?.AsArray().FirstOrDefault(c => c.Text("type") == "Ready").Text("status");
}
