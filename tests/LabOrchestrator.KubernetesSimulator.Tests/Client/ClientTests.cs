using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Api.Watching;
using LabOrchestrator.KubernetesSimulator.Tests.Controllers;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.KubernetesSimulator.Tests.Client;

using Kinds = LabOrchestrator.Kubernetes.Api.Objects.Kinds;

/// <summary>The runtime's own client against the simulator: what one says the other understands.</summary>
public sealed class ClientTests
{
    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_manifest_is_applied_found_changed_and_deleted()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var client = ClientOf(cluster);
        await cluster.NamespaceAsync("a");
        var map = JsonNode.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","namespace":"a"},"data":{"k":"v"}}""")!.AsObject();
        (await client.ApplyAsync(Kinds.ConfigMap, map, new ApplyOptions(), Patience)).Metadata.Name.ShouldBe("m");
        (await client.MergePatchAsync(Kinds.ConfigMap, "a", "m", new JsonObject { ["data"] = new JsonObject { ["k"] = "w" } }, new WriteOptions(), Patience)).Metadata.Name.ShouldBe("m");
        (await client.DeleteAsync(Kinds.ConfigMap, "a", "m", new DeleteOptions(), Patience)).ShouldBeTrue();
        (await client.FindAsync(Kinds.ConfigMap, "a", "m", Patience)).ShouldBeNull();
        (await client.DeleteAsync(Kinds.ConfigMap, "a", "m", new DeleteOptions(), Patience)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_conflict_names_the_owner_and_the_field()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var client = ClientOf(cluster);
        await cluster.NamespaceAsync("a");
        await cluster.ApplyAsync("/api/v1/namespaces/a/configmaps/m", """{"data":{"k":"theirs"}}""", "them");
        var map = JsonNode.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","namespace":"a"},"data":{"k":"ours"}}""")!.AsObject();
        var conflict = await Should.ThrowAsync<ApplyConflictException>(() => client.ApplyAsync(Kinds.ConfigMap, map, new ApplyOptions(), Patience));
        conflict.Conflicts.Single().ShouldBe(new FieldConflict("them", ".data.k"));
    }

    [Fact]
    public async Task A_missing_object_and_a_missing_definition_are_told_apart()
    {
        await using var cluster = await TestCluster.StartAsync(new SimulatorOptions { AddOns = [] });
        using var client = ClientOf(cluster);
        (await client.FindAsync(Kinds.Pod, "a", "p", Patience)).ShouldBeNull();
        (await Should.ThrowAsync<ObjectNotFoundException>(() => client.FindAsync(Kinds.VirtualMachine, "a", "p", Patience))).IsUnknownKind.ShouldBeTrue();
    }

    [Fact]
    public async Task A_collection_survives_expiry_and_cut_connections()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var client = ClientOf(cluster);
        await cluster.NamespaceAsync("a");
        var listed = new SemaphoreSlim(0);
        var seen = System.Threading.Channels.Channel.CreateBounded<string>(100);
        var reflector = new Reflector<ConfigMap>(client, Kinds.ConfigMap, new ObjectScope { Namespace = "a", LabelSelector = "ours" }, () => 0)
        {
            Listed = _ => listed.Release(),
            Seen = told => seen.Writer.TryWrite(told.Object.Metadata.Name),
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Patience);
        var running = reflector.RunAsync(stop.Token);
        await listed.WaitAsync(Patience);
        await Create("one");
        (await seen.Reader.ReadAsync(Patience)).ShouldBe("one");
        await cluster.AdminAsync("POST", "expire");
        await listed.WaitAsync(Patience);
        await cluster.AdminAsync("POST", "cut");
        await Create("two");
        (await seen.Reader.ReadAsync(Patience)).ShouldBe("two");
        await stop.CancelAsync();
        await running;

        Task<Answer> Create(string name) => cluster.PostAsync("/api/v1/namespaces/a/configmaps", $$$$"""{"metadata":{"name":"{{{{name}}}}","labels":{"ours":"1"}}}""");
    }

    [Fact]
    public async Task A_command_runs_in_a_pod_with_its_input_and_its_exit_code()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var client = ClientOf(cluster);
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync("/api/v1/namespaces/a/pods", """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i:1"}]}}""");
        await cluster.EventuallyAsync("/api/v1/namespaces/a/pods/p", a => a.Text("status", "phase") == "Running");
        var result = await client.RunAsync("a", "p", "c", ["sh", "-c", "cat; exit 4"], Encoding.UTF8.GetBytes("hello"), 1000, Patience);
        (result.ExitCode, Encoding.UTF8.GetString(result.Output)).ShouldBe((4, "hello"));
    }

    [Fact]
    public async Task A_screen_and_a_refusal_to_take_it_over_come_through()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var client = ClientOf(cluster);
        await cluster.NamespaceAsync("a");
        const string machine = "/apis/kubevirt.io/v1/namespaces/a/virtualmachines/web";
        await cluster.ApplyAsync(machine, MachineTests.Manifest("Once"));
        await cluster.EventuallyAsync(machine, a => a.Text("status", "printableStatus") == "Running");
        await using var screen = await client.OpenVncAsync("a", "web", preserveSession: true, Patience);
        var version = new byte[12];
        await screen.ReadExactlyAsync(version, Patience);
        Encoding.ASCII.GetString(version).ShouldBe("RFB 003.008\n");
        var refused = await Should.ThrowAsync<KubernetesException>(() => client.OpenVncAsync("a", "web", preserveSession: true, Patience));
        refused.Message.ShouldContain("(503)");
        (await client.GetKubeVirtAsync(Kinds.VirtualMachineInstance, "a", "web", "vnc/screenshot", Patience))[..4].ShouldBe([0x89, 0x50, 0x4E, 0x47]);
    }

    private static KubernetesClient ClientOf(TestCluster cluster) => new(
        () => new ClusterConfiguration { Server = cluster.Cluster.Address, Origin = "the simulator" }, new KubernetesClientOptions(), TimeProvider.System, NullLogger<KubernetesClient>.Instance);
}
