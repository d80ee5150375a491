namespace LabOrchestrator.KubernetesSimulator.Tests.Controllers;

public sealed class MachineTests
{
    private const string Machine = "/apis/kubevirt.io/v1/namespaces/a/virtualmachines/web";
    private const string Instance = "/apis/kubevirt.io/v1/namespaces/a/virtualmachineinstances/web";
    private const string Verbs = "/apis/subresources.kubevirt.io/v1/namespaces/a/";

    internal static string Manifest(string strategy, string image = "labs/debian:12") =>
        $$$$"""
        {"spec":{"runStrategy":"{{{{strategy}}}}","template":{"spec":{"domain":{"memory":{"guest":"1Gi"},"devices":{
          "disks":[{"name":"root","disk":{"bus":"virtio"}}],"interfaces":[{"name":"pod","masquerade":{}}]}},
          "networks":[{"name":"pod","pod":{}}],"volumes":[{"name":"root","containerDisk":{"image":"{{{{image}}}}"}}]} } }}
        """;

    [Fact]
    public async Task A_machine_walks_to_running_and_its_agent_lies()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        (await cluster.ApplyAsync(Machine, Manifest("Always"))).Code.ShouldBe(201);
        await cluster.EventuallyAsync(Machine, a => a.Body.Contains("AgentConnected", StringComparison.Ordinal) && a.Text("status", "printableStatus") == "Running");
        var instance = await cluster.GetAsync(Instance);
        instance.Json["status"]!["phaseTransitionTimestamps"]!.AsArray().Select(p => p.Text("phase")).ShouldBe(["Pending", "Scheduling", "Scheduled", "Running"]);
        instance.Json["status"]!["interfaces"]![0].Text("ipAddress").ShouldBe("169.254.169.254");
        var launcher = (await cluster.GetAsync("/api/v1/namespaces/a/pods?labelSelector=vm.kubevirt.io/name%3Dweb")).Json["items"]![0];
        launcher.Text("status", "podIP")!.ShouldStartWith("10.244.");
    }

    [Fact]
    public async Task A_manual_machine_runs_and_stops_when_it_is_told()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.ApplyAsync(Machine, Manifest("Manual"));
        await cluster.EventuallyAsync(Machine, a => a.Text("status", "printableStatus") == "Stopped");
        (await cluster.SendAsync("PUT", Verbs + "virtualmachines/web/stop")).Code.ShouldBe(409);
        (await cluster.SendAsync("PUT", Verbs + "virtualmachines/web/start")).Code.ShouldBe(202);
        await cluster.EventuallyAsync(Machine, a => a.Text("status", "printableStatus") == "Running");
        (await cluster.SendAsync("PUT", Verbs + "virtualmachines/web/start")).Text("message")!.ShouldContain("VM is already running");
        var before = (await cluster.GetAsync(Instance)).Text("metadata", "uid");
        (await cluster.SendAsync("PUT", Verbs + "virtualmachines/web/restart")).Code.ShouldBe(202);
        await cluster.EventuallyAsync(Instance, a => a.Code == 200 && a.Text("metadata", "uid") != before && a.Text("status", "phase") == "Running");
        (await cluster.SendAsync("PUT", Verbs + "virtualmachines/web/stop", "{}")).Code.ShouldBe(202);
        await cluster.EventuallyAsync(Machine, a => a.Text("status", "printableStatus") == "Stopped");
        (await cluster.GetAsync(Instance)).Code.ShouldBe(404);
    }

    [Fact]
    public async Task Stopping_an_always_running_machine_changes_its_spec_and_its_owner()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.ApplyAsync(Machine, Manifest("Always"));
        await cluster.EventuallyAsync(Machine, a => a.Text("status", "printableStatus") == "Running");
        await cluster.SendAsync("PUT", Verbs + "virtualmachines/web/stop");
        (await cluster.GetAsync(Machine)).Text("spec", "runStrategy").ShouldBe("Halted");
        (await cluster.ApplyAsync(Machine, Manifest("Always"))).Text("message")!.ShouldContain("conflict with \"virt-api\" using kubevirt.io/v1: .spec.runStrategy");
    }

    [Fact]
    public async Task The_condition_Paused_is_there_only_while_it_is_paused()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.ApplyAsync(Machine, Manifest("Always"));
        await cluster.EventuallyAsync(Machine, a => a.Text("status", "printableStatus") == "Running");
        (await cluster.SendAsync("PUT", Verbs + "virtualmachineinstances/web/unpause")).Code.ShouldBe(409);
        (await cluster.SendAsync("PUT", Verbs + "virtualmachineinstances/web/pause")).Code.ShouldBe(200);
        await cluster.EventuallyAsync(Machine, a => a.Text("status", "printableStatus") == "Paused");
        await cluster.SendAsync("PUT", Verbs + "virtualmachineinstances/web/unpause");
        await cluster.EventuallyAsync(Machine, a => !a.Body.Contains("PausedByUser", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_image_that_is_not_there_shows_in_the_status()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.ApplyAsync(Machine, Manifest("Always", "labs/does-not-exist:1"));
        await cluster.EventuallyAsync(Machine, a => a.Text("status", "printableStatus") == "ImagePullBackOff");
    }
}
