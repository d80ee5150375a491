using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

/// <summary>How much is asked of the API server.</summary>
public sealed class RequestCountTests(ClusterFixture cluster) : ClusterLab(cluster)
{
    private const int MostKinds = 15;

    // One of its own, since the tests beside these ask too.
    private readonly KubernetesLabRuntime _runtime = cluster.NewRuntime(cluster.Installation);

    protected override ILabRuntime Runtime => _runtime;

    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _runtime.DisposeAsync();
    }

    [Fact]
    public async Task A_start_of_a_client_and_a_server_takes_at_most_twelve_requests_and_each_further_machine_three()
    {
        await Runtime.ListAsync(Patient);

        var two = await CostAsync(() => ApplyAsync(Spec(ContainerMachine("client"), VmMachine())));
        var four = await CostAsync(() => ApplyAsync(Spec(ContainerMachine("client"), ContainerMachine("other"), VmMachine(), VmMachine("second"))));

        two.ShouldBeLessThanOrEqualTo(12);
        (four - two).ShouldBeLessThanOrEqualTo(2 * 3);
    }

    [Fact]
    public async Task Looking_again_takes_no_request_also_after_a_restart_of_the_server()
    {
        var spec = Spec(ContainerMachine("client"), VmMachine());
        await ApplyAsync(spec);

        (await CostAsync(() => ApplyAsync(spec))).ShouldBe(0);
        await using var restarted = Cluster.NewRuntime(Cluster.Installation);
        await restarted.ListAsync(Patient);
        var watches = 0L;
        await Eventually.HoldsAsync(
            async () =>
            {
                var before = restarted.RequestsSent;
                Of(await restarted.ApplyAsync(spec, new StageLog(), Patient), "server").Phase.ShouldBe(MachinePhase.Running);
                (await restarted.ObserveAsync(spec.InstanceId, Patient)).ShouldNotBeNull();
                watches += restarted.RequestsSent - before;
                return restarted.RequestsSent == before;
            },
            "a look takes no request");

        // What was listed is watched from then on, which may begin while we look.
        watches.ShouldBeLessThanOrEqualTo(MostKinds);
    }

    [Fact]
    public async Task A_VMs_disk_is_made_again_from_the_digest_that_its_first_start_resolved()
    {
        var spec = Spec(VmMachine());
        var digest = Of(await ApplyAsync(spec), "server").ImageDigest.ShouldNotBeNull();
        digest.ShouldStartWith("sha256:");
        spec = With(spec, "server", m => m with { ImageDigest = digest });
        (await CostAsync(() => ApplyAsync(spec))).ShouldBe(0, "the disk that is there stays as it was made");
        (await DiskUrlAsync(spec)).ShouldBe("docker://lab-orchestrator/tiny-vm:1");

        var reset = With(spec, "server", m => m with { ResetGeneration = 1 });
        Of(await ApplyAsync(reset), "server").ImageDigest.ShouldBe(digest);

        (await DiskUrlAsync(spec)).ShouldBe($"docker://lab-orchestrator/tiny-vm@{digest}");
        await using var restarted = Cluster.NewRuntime(Cluster.Installation);
        Of(await restarted.ApplyAsync(reset, new StageLog(), Patient), "server").ImageDigest.ShouldBe(digest, "the VM says it after a restart of the server too");
    }

    [Fact]
    public async Task What_is_removed_behind_our_back_is_made_again_and_said()
    {
        var spec = Spec(ContainerMachine("client"), VmMachine());
        var first = await ApplyAsync(spec);
        spec = With(spec, "client", m => m with { ImageDigest = Of(first, "client").ImageDigest });
        var @namespace = await Cluster.NamespaceOfAsync(spec.InstanceId);
        await using var changes = Runtime.WatchAsync(Patient).GetAsyncEnumerator();
        await changes.MoveNextAsync();

        await Cluster.Admin.DeleteAsync(Kinds.NetworkPolicy, @namespace, "lab", DeleteOptions.Default, Token);
        await Cluster.Admin.DeleteAsync(Kinds.Pod, @namespace, "client", DeleteOptions.Default, Token);
        do
        {
            await changes.MoveNextAsync();
        }
        while (changes.Current != spec.InstanceId);
        await Api.Eventually.HoldsAsync(async () => await Cluster.PhaseOfAsync(spec.InstanceId, "client") is null);

        var again = await ApplyAsync(spec);
        Of(again, "client").Phase.ShouldBe(MachinePhase.Running);
        Of(again, "client").Remark.ShouldNotBeNull().ShouldContain("lost this machine");
        (await Cluster.Admin.FindAsync(Kinds.NetworkPolicy, @namespace, "lab", Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_namespace_of_somebody_else_is_left_alone()
    {
        var spec = Spec(ContainerMachine());
        await Cluster.Admin.CreateAsync(
            Kinds.Namespace, Manifest.Of(Kinds.Namespace, null, $"conformance-1-{spec.InstanceId}"), WriteOptions.Default, Token);

        (await Should.ThrowAsync<InstanceFailedException>(() => ApplyAsync(spec))).Message.ShouldContain("not this installation's");
        await Runtime.DeleteAsync(spec.InstanceId, Patient);
        (await Cluster.Admin.FindAsync(Kinds.Namespace, null, $"conformance-1-{spec.InstanceId}", Token)).ShouldNotBeNull();
    }

    private async Task<string> DiskUrlAsync(InstanceSpec spec)
    {
        var vm = await Cluster.Admin.GetRawAsync(Kinds.VirtualMachine, await Cluster.NamespaceOfAsync(spec.InstanceId), "server", Patient);
        return vm["spec"]!["dataVolumeTemplates"]![0]!["spec"]!["source"]!["registry"]!["url"]!.GetValue<string>();
    }

    private async Task<long> CostAsync(Func<Task> work)
    {
        var before = _runtime.RequestsSent;
        await work();
        return _runtime.RequestsSent - before;
    }
}
