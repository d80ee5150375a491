using System.Text.Json.Nodes;
using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

/// <summary>What somebody changes in place of an instance's objects, and what it costs to see and to mend that.</summary>
public sealed class ChangedObjectsTests(ClusterFixture cluster) : ClusterLab(cluster)
{
    private static readonly WriteOptions Plainly = WriteOptions.Default;

    // One of its own, since the tests beside these ask too.
    private readonly KubernetesLabRuntime _runtime = cluster.NewRuntime(cluster.Installation);
    private readonly KubernetesClient _somebody = cluster.NewClient(manager: "kubectl-edit");

    protected override ILabRuntime Runtime => _runtime;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _somebody.Dispose();
        await _runtime.DisposeAsync();
    }

    [Fact]
    public async Task Each_change_is_set_right_by_one_request_and_said_by_another()
    {
        var spec = await RunningAsync();
        (KubernetesKind Kind, string Name, string Patch)[] changes =
        [
            (Kinds.NetworkPolicy, "lab", """{"spec":{"egress":[{}]}}"""),
            (Kinds.NetworkPolicy, "lab", """{"spec":{"podSelector":{"matchLabels":{"nobody":"yes"}}}}"""),
            (Kinds.NetworkPolicy, "helper", """{"spec":{"ingress":[{}]}}"""),
            (Kinds.ResourceQuota, "lab", """{"spec":{"hard":{"pods":"100"}}}"""),
            (Kinds.ResourceQuota, "lab", """{"spec":{"hard":{"requests.memory":null}}}"""),
            (Kinds.LimitRange, "lab", """{"spec":{"limits":[]}}"""),
            (Kinds.Service, "helper", """{"spec":{"selector":{"lab-orchestrator/role":"machine"}}}"""),
            (Kinds.Service, "machines", """{"spec":{"publishNotReadyAddresses":false}}"""),
            (Kinds.Namespace, "", """{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}"""),
            (Kinds.Namespace, "", """{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":null,"pod-security.kubernetes.io/warn":null}}}"""),
        ];
        foreach (var (kind, name, patch) in changes)
        {
            (await MendingAsync(spec, kind, name, patch)).ShouldBe(2, $"{kind.Name} {name} {patch}");
        }
    }

    [Fact]
    public async Task What_somebody_adds_to_what_is_ours_alone_is_taken_away()
    {
        var spec = await RunningAsync();

        (await MendingAsync(spec, Kinds.Service, "helper", """{"spec":{"externalIPs":["192.0.2.1"]}}""")).ShouldBe(3);
        (await MendingAsync(spec, Kinds.ResourceQuota, "lab", """{"spec":{"hard":{"configmaps":"3"}}}""")).ShouldBe(3);
    }

    [Fact]
    public async Task What_the_clusters_own_parts_and_other_tools_write_beside_ours_is_left_alone()
    {
        var spec = await RunningAsync();
        var @namespace = await Cluster.NamespaceOfAsync(spec.InstanceId);
        using var controller = Cluster.NewClient(manager: "kube-controller-manager");
        await controller.MergePatchAsync(Kinds.ResourceQuota, @namespace, "lab", Read("""{"status":{"used":{"pods":"7"}}}"""), Plainly, Patient, "status");
        await controller.MergePatchAsync(Kinds.Namespace, null, @namespace, Read("""{"metadata":{"labels":{"example.org/team":"a"},"annotations":{"example.org/note":"b"}}}"""), Plainly, Patient);
        await controller.MergePatchAsync(Kinds.NetworkPolicy, @namespace, "lab", Read("""{"metadata":{"annotations":{"example.org/note":"b"}}}"""), Plainly, Patient);

        // Each watch has told of these once it tells of what comes after them.
        (await MendingAsync(spec, Kinds.ResourceQuota, "lab", """{"spec":{"hard":{"pods":"100"}}}""")).ShouldBe(2);
        (await MendingAsync(spec, Kinds.Namespace, "", """{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}""")).ShouldBe(2);
        (await MendingAsync(spec, Kinds.NetworkPolicy, "lab", """{"spec":{"egress":[{}]}}""")).ShouldBe(2);

        var left = (await Cluster.Admin.GetAsync(Kinds.Namespace, null, @namespace, Patient)).Metadata;
        left.Labels["example.org/team"].ShouldBe("a");
        left.Annotations["example.org/note"].ShouldBe("b");
    }

    [Fact]
    public async Task Somebody_who_changes_it_back_each_time_does_not_keep_the_server_busy()
    {
        var spec = await RunningAsync();
        const string Open = """{"spec":{"egress":[{}]}}""";
        for (var times = 1; times <= 3; times++)
        {
            (await MendingAsync(spec, Kinds.NetworkPolicy, "lab", Open)).ShouldBe(2);
        }

        var @namespace = await Cluster.NamespaceOfAsync(spec.InstanceId);
        await _somebody.MergePatchAsync(Kinds.NetworkPolicy, @namespace, "lab", Read(Open), Plainly, Patient);

        // The watch of policies has told of that once it tells of one that is gone.
        await Cluster.Admin.DeleteAsync(Kinds.NetworkPolicy, @namespace, "helper", DeleteOptions.Default, Patient);
        await CostAsync(spec, async () => await Cluster.Admin.FindAsync(Kinds.NetworkPolicy, @namespace, "helper", Patient) is not null, "a deleted policy");
        (await Cluster.Admin.GetRawAsync(Kinds.NetworkPolicy, @namespace, "lab", Patient))["spec"]!["egress"]!.ToJsonString().ShouldBe("[{}]");
    }

    [Fact]
    public async Task What_was_changed_while_the_server_was_away_is_set_right_when_it_is_back()
    {
        var spec = await RunningAsync();
        var @namespace = await Cluster.NamespaceOfAsync(spec.InstanceId);
        await _somebody.MergePatchAsync(Kinds.NetworkPolicy, @namespace, "lab", Read("""{"spec":{"egress":[{}]}}"""), Plainly, Patient);

        await using var restarted = Cluster.NewRuntime(Cluster.Installation);
        await restarted.ApplyAsync(spec, new StageLog(), Patient);
        await Eventually.HoldsAsync(
            async () => (await restarted.ObserveAsync(spec.InstanceId, Patient))?.Remark?.Contains("set right: NetworkPolicy lab.", StringComparison.Ordinal) == true, "it is said");

        (await Cluster.Admin.GetRawAsync(Kinds.NetworkPolicy, @namespace, "lab", Patient))["spec"]!["egress"]!.ToJsonString().ShouldNotBe("[{}]");
    }

    private async Task<InstanceSpec> RunningAsync()
    {
        var spec = Spec(ContainerMachine("client"));
        await ApplyAsync(spec);
        return spec with { HasRun = true };
    }

    /// <summary>Changes an object, has the instance looked at until the object is as before, and tells how many requests that took.</summary>
    private async Task<long> MendingAsync(InstanceSpec spec, KubernetesKind kind, string name, string patch)
    {
        var @namespace = await Cluster.NamespaceOfAsync(spec.InstanceId);
        var (space, its) = kind.Namespaced ? (@namespace, name) : (null, @namespace);
        var before = await Cluster.Admin.GetRawAsync(kind, space, its, Patient);
        async Task<bool> IsAsBeforeAsync()
        {
            var now = await Cluster.Admin.GetRawAsync(kind, space, its, Patient);
            return JsonNode.DeepEquals(now["metadata"]!["labels"], before["metadata"]!["labels"]) && JsonNode.DeepEquals(now["spec"], before["spec"]);
        }

        await _somebody.MergePatchAsync(kind.Plain(), space, its, Read(patch), Plainly, Patient);
        (await IsAsBeforeAsync()).ShouldBeFalse();
        var cost = await CostAsync(spec, IsAsBeforeAsync, patch);
        await Eventually.HoldsAsync(
            async () => (await _runtime.ObserveAsync(spec.InstanceId, Patient))?.Remark?.Contains($"set right: {kind.Name} {its}.", StringComparison.Ordinal) == true,
            $"it is said that {kind.Name} {its} was changed");
        return cost;
    }

    private async Task<long> CostAsync(InstanceSpec spec, Func<Task<bool>> isDone, string what)
    {
        var before = _runtime.RequestsSent;
        await Eventually.HoldsAsync(
            async () =>
            {
                await ApplyAsync(spec);
                return await isDone();
            },
            what);
        await ApplyAsync(spec);
        return _runtime.RequestsSent - before;
    }

    private static JsonObject Read(string json) => JsonNode.Parse(json)!.AsObject();
}
