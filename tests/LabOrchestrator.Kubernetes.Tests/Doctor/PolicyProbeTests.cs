using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Doctor;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.KubernetesSimulator.Administration;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.Doctor;

/// <summary>Each test has a cluster of its own, whose network does what the test wants.</summary>
public sealed class PolicyProbeTests : IAsyncLifetime
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    private readonly KubernetesRuntimeOptions _options = new();
    private SimulatedCluster _cluster = null!;
    private KubernetesClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await SimulatedCluster.StartAsync(new SimulatorOptions { Token = "admin" });
        _client = NewClient("admin");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task What_a_policy_forbids_and_does_not_get_through_is_enforced()
    {
        _cluster.Settings.PolicyMilliseconds = 1500;

        var finding = await Probe().TryAsync(Token);

        finding.State.ShouldBe(FindingState.Good, finding.Detail);
        finding.Detail.ShouldContain("both ways");
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_gets_through_all_the_same_is_bad_and_says_what_to_do()
    {
        _cluster.Settings.EnforcedPolicyTypes = [];

        var finding = await Probe(enforce: Short).TryAsync(Token);

        finding.State.ShouldBe(FindingState.Bad, finding.Detail);
        finding.Detail.ShouldContain("NOT enforced for what a pod sends and what a pod takes");
        finding.Detail.ShouldContain("Calico");
        await NothingIsLeftAsync();
    }

    [Theory]
    [InlineData("Egress", "NOT enforced for what a pod takes,")]
    [InlineData("Ingress", "NOT enforced for what a pod sends,")]
    public async Task One_direction_that_is_not_enforced_is_named(string enforced, string words)
    {
        _cluster.Settings.EnforcedPolicyTypes = [enforced];

        var finding = await Probe(enforce: Short).TryAsync(Token);

        finding.State.ShouldBe(FindingState.Bad, finding.Detail);
        finding.Detail.ShouldContain(words);
    }

    [Fact]
    public async Task Pods_that_never_reach_each_other_prove_nothing()
    {
        (_cluster.Settings.Controllers, _cluster.Settings.PolicyMilliseconds) = (false, 0);
        var trying = Probe(reach: Short).TryAsync(Token);
        IReadOnlyList<Namespace> spaces = [];
        await Eventually.HoldsAsync(async () => (spaces = (await _client.ListAsync(Kinds.Namespace, Ours, Token)).Items).Count > 0, "the probe's namespace");

        // As some operators make one in every namespace.
        var denial = Manifest.Of(Kinds.NetworkPolicy, spaces[0].Name, "nothing");
        denial["spec"] = new JsonObject { ["podSelector"] = new JsonObject(), ["policyTypes"] = new JsonArray("Ingress") };
        await _client.ApplyAsync(Kinds.NetworkPolicy, denial, ApplyOptions.Default, Token);
        _cluster.Settings.Controllers = true;

        var finding = await trying;
        finding.State.ShouldBe(FindingState.Unknown, finding.Detail);
        finding.Detail.ShouldContain("do not reach each other");
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task An_image_that_cannot_be_pulled_is_named_with_the_clusters_words()
    {
        _options.HelperImage = "registry.example.org/does-not-exist:1";

        var finding = await Probe().TryAsync(Token);

        finding.State.ShouldBe(FindingState.Unknown, finding.Detail);
        finding.Detail.ShouldContain("could not be tried");
        finding.Detail.ShouldContain("registry.example.org/does-not-exist:1");
        finding.Detail.ShouldContain("Kubernetes__HelperImage");
        finding.Detail.ShouldContain("not found. Calico");
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_cluster_without_room_is_named()
    {
        _cluster.Settings.NodeMemory = "1Mi";

        var finding = await Probe(start: Short).TryAsync(Token);

        finding.State.ShouldBe(FindingState.Unknown, finding.Detail);
        finding.Detail.ShouldContain("Insufficient memory");
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Without_the_right_to_make_namespaces_it_cannot_be_tried()
    {
        using var http = new HttpClient();
        using var added = await http.PostAsJsonAsync(new Uri(_cluster.AdminAddress, "_simulator/tokens"), new { token = "weak", user = "nobody", groups = Array.Empty<string>() }, Token);
        added.EnsureSuccessStatusCode();
        using var weak = NewClient("weak");

        var finding = await Probe(weak).TryAsync(Token);

        finding.State.ShouldBe(FindingState.Unknown, finding.Detail);
        finding.Detail.ShouldContain("lacks a right");
        finding.Detail.ShouldContain("namespaces");
        finding.Detail.ShouldNotContain("by hand");
    }

    [Fact]
    public async Task Giving_up_leaves_nothing_behind()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        _cluster.Settings.ContainersMilliseconds = 600_000;
        var trying = Probe().TryAsync(end.Token);
        await Eventually.HoldsAsync(async () => (await _client.ListAsync(Kinds.Pod, Ours, Token)).Items.Count > 0, "the probe's pod");

        await end.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => trying);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_namespace_that_cannot_be_deleted_is_named()
    {
        using var http = new HttpClient();
        using var added = await http.PostAsJsonAsync(new Uri(_cluster.AdminAddress, "_simulator/faults"), new Fault(Verb: "delete", Resource: "namespaces", Status: 403), Token);
        added.EnsureSuccessStatusCode();

        var finding = await Probe().TryAsync(Token);

        finding.State.ShouldBe(FindingState.Good, finding.Detail);
        finding.Detail.ShouldContain("lab-orchestrator-probe-");
        finding.Detail.ShouldContain("by hand");
    }

    private static ObjectScope Ours => new() { LabelSelector = $"{ClusterLabels.Role}={ClusterLabels.ProbeRole}" };

    private PolicyProbe Probe(KubernetesClient? client = null, TimeSpan? start = null, TimeSpan? reach = null, TimeSpan? enforce = null)
    {
        var patient = TimeSpan.FromSeconds(60);
        return new PolicyProbe(client ?? _client, Installations.Installation.Create(), _options)
        {
            StartPatience = start ?? patient,
            ReachPatience = reach ?? patient,
            EnforcePatience = enforce ?? patient,
        };
    }

    private Task NothingIsLeftAsync() => Eventually.HoldsAsync(
        async () => (await _client.ListAsync(Kinds.Namespace, Ours, Token)).Items.Count == 0
            && (await _client.ListAsync(Kinds.Pod, Ours, Token)).Items.Count == 0,
        "the end of the probe's namespace");

    private KubernetesClient NewClient(string token) => new(
        () => new ClusterConfiguration
        {
            Server = _cluster.Address,
            Origin = "the test",
            Credentials = new FixedCredentials(new ClusterCredentials(new("Bearer", token), null)),
        },
        new KubernetesClientOptions { RequestsPerSecond = 0 },
        TimeProvider.System,
        NullLogger<KubernetesClient>.Instance);
}
