using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Tests.Controllers;

public sealed class AttachmentTests
{
    private const string Pod = "/api/v1/namespaces/a/pods/one";
    private const string Definition = "/apis/k8s.cni.cncf.io/v1/namespaces/a/network-attachment-definitions/left";

    private const string Manifest =
        """
        {"metadata":{"annotations":{"k8s.v1.cni.cncf.io/networks":"[{\"name\":\"left\",\"interface\":\"eth1\",\"ips\":[\"10.1.0.3/24\"]}]"}},
         "spec":{"containers":[{"name":"main","image":"labs/terminal:1"}]}}
        """;

    private const string Listening =
        """{"spec":{"config":"{\"type\":\"bridge\",\"bridge\":\"lab\",\"capabilities\":{\"ips\":true},\"ipam\":{\"type\":\"static\"}}"}}""";

    [Fact]
    public async Task A_pod_waits_for_the_network_that_it_names_and_is_told_its_address()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        (await cluster.ApplyAsync(Pod, Manifest)).Code.ShouldBe(201);

        var events = await cluster.EventuallyAsync("/api/v1/namespaces/a/events", a => a.Body.Contains("NoNetworkFound", StringComparison.Ordinal));
        events.Body.ShouldContain("cannot find a network-attachment-definition (left) in namespace (a)");
        events.Body.ShouldContain("FailedCreatePodSandBox");
        var waiting = await cluster.GetAsync(Pod);
        waiting.Text("status", "phase").ShouldBe("Pending");
        waiting.Json["status"]!["containerStatuses"]![0].Text("state", "waiting", "reason").ShouldBe("ContainerCreating");

        (await cluster.ApplyAsync(Definition, Listening)).Code.ShouldBe(201);

        var running = await cluster.EventuallyAsync(Pod, a => a.Text("status", "phase") == "Running");
        var status = JsonNode.Parse(running.Json["metadata"]!["annotations"]!["k8s.v1.cni.cncf.io/network-status"]!.GetValue<string>())!;
        status[1].Text("name").ShouldBe("a/left");
        status[1]!["ips"]![0]!.GetValue<string>().ShouldBe("10.1.0.3");
    }

    [Fact]
    public async Task A_network_whose_allocator_gives_no_address_attaches_nobody()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.ApplyAsync(Definition, Listening.Replace("""{\"ips\":true}""", "{}", StringComparison.Ordinal));
        await cluster.ApplyAsync(Pod, Manifest);

        var events = await cluster.EventuallyAsync("/api/v1/namespaces/a/events", a => a.Body.Contains("FailedCreatePodSandBox", StringComparison.Ordinal));

        events.Body.ShouldContain("IPAM plugin returned missing IP config");
    }

    [Fact]
    public async Task Without_multus_nobody_reads_the_annotation()
    {
        await using var cluster = await TestCluster.StartAsync(new SimulatorOptions { AddOns = [] });
        await cluster.NamespaceAsync("a");
        await cluster.ApplyAsync(Pod, Manifest);

        (await cluster.EventuallyAsync(Pod, a => a.Text("status", "phase") == "Running")).Body.ShouldNotContain("network-status");
    }
}
