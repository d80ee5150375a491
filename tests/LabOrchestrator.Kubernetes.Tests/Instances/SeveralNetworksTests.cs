using System.Text.Json.Nodes;
using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Networks;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

/// <summary>Labs with several networks, by Multus where it is.</summary>
public sealed class SeveralNetworksTests(ClusterFixture cluster) : ClusterLab(cluster)
{
    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Without_multus_several_networks_are_no_capability_until_it_is_installed()
    {
        await using var bare = await SimulatedCluster.StartAsync(new SimulatorOptions { AddOns = [] });
        using var client = Cluster.NewClient(() => bare.Address);
        await using var runtime = On(client);
        runtime.Capabilities.IsKnown.ShouldBeFalse();
        (await runtime.CheckAsync(Patient)).IsReady.ShouldBeTrue();

        var missing = runtime.Capabilities.Missing([RuntimeCapabilities.SeveralNetworks, RuntimeCapabilities.FixedAddresses, RuntimeCapabilities.Containers]);

        runtime.Capabilities.IsKnown.ShouldBeTrue();
        missing.Select(m => m.Name).ShouldBe([RuntimeCapabilities.SeveralNetworks, RuntimeCapabilities.FixedAddresses]);
        missing.ShouldAllBe(m => m.Reason.Contains("Multus is not installed") && m.Remedy.Length > 0);
        bare.Install("multus");
        (await runtime.CheckAsync(Patient)).IsReady.ShouldBeTrue();
        runtime.Capabilities.Missing([RuntimeCapabilities.SeveralNetworks, RuntimeCapabilities.FixedAddresses, RuntimeCapabilities.Layer2]).ShouldBeEmpty();
    }

    [Fact]
    public async Task Machines_have_their_addresses_in_the_labs_networks_and_multus_attached_them()
    {
        var spec = Routed();

        var observed = await ApplyAsync(spec);

        Of(observed, "middle").Addresses.ShouldBe(["10.1.0.10", "10.2.0.10"]);
        Of(observed, "a").Addresses.ShouldBe(["10.1.0.3"]);
        Of(observed, "b").Addresses.ShouldBe(["10.2.0.3"]);
        observed.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running);
        var @namespace = await Cluster.NamespaceOfAsync(spec.InstanceId);
        var pod = await Cluster.Admin.GetAsync(Kinds.Pod, @namespace, "middle", Token);
        pod.Metadata.Annotations["k8s.v1.cni.cncf.io/network-status"].ShouldContain("10.2.0.10");
        var launcher = (await Cluster.Admin.ListAsync(Kinds.Pod, new ObjectScope { Namespace = @namespace, LabelSelector = "kubevirt.io=virt-launcher" }, Token)).Items.Single();
        launcher.Metadata.Annotations["k8s.v1.cni.cncf.io/network-status"].ShouldContain("10.2.0.3");
    }

    [Fact]
    public async Task Looking_again_changes_nothing_and_a_network_that_was_removed_comes_back()
    {
        var spec = Routed();
        await ApplyAsync(spec);
        var @namespace = await Cluster.NamespaceOfAsync(spec.InstanceId);
        await using var runtime = Cluster.NewRuntime(Cluster.Installation);
        await runtime.ListAsync(Patient);

        // What was listed is watched from then on, which may begin while we look.
        await Eventually.HoldsAsync(
            async () =>
            {
                var before = runtime.RequestsSent;
                await runtime.ApplyAsync(spec, new StageLog(), Patient);
                return runtime.RequestsSent == before;
            },
            "a look takes no request");

        await Cluster.Admin.DeleteAsync(Kinds.NetworkAttachmentDefinition, @namespace, "net-left", DeleteOptions.Default, Token);

        await Eventually.HoldsAsync(async () =>
        {
            await runtime.ApplyAsync(spec, new StageLog(), Patient);
            return await Cluster.Admin.FindAsync(Kinds.NetworkAttachmentDefinition, @namespace, "net-left", Token) is not null;
        });
    }

    [Fact]
    public async Task A_subnet_in_which_the_cluster_has_its_services_is_refused_before_anything_is_made()
    {
        await using var bare = await SimulatedCluster.StartAsync();
        using var client = Cluster.NewClient(() => bare.Address);
        await using var runtime = On(client);
        var names = await client.GetAsync(Kinds.Service, "kube-system", "kube-dns", Token);

        var refusal = await Should.ThrowAsync<InstanceFailedException>(() => runtime.ApplyAsync(Within(names.Spec.ClusterIp!), new StageLog(), Patient));

        refusal.Message.ShouldContain("Choose another subnet");
        (await client.ListAsync(Kinds.Namespace, Ours, Token)).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_subnet_in_which_another_lab_has_its_name_server_is_refused_before_anything_is_made()
    {
        await using var bare = await SimulatedCluster.StartAsync();
        using var client = Cluster.NewClient(() => bare.Address);
        await client.DeleteAsync(Kinds.Service, "default", "kubernetes", DeleteOptions.Default, Token);
        await client.DeleteAsync(Kinds.Service, "kube-system", "kube-dns", DeleteOptions.Default, Token);
        await using var runtime = On(client);
        var first = Spec(ContainerMachine("one"));
        await runtime.ApplyAsync(first, new StageLog(), Patient);
        var helper = (await client.ListAsync(Kinds.Service, Ours, Token)).Items.Single(s => s.Name == "helper");

        await Should.ThrowAsync<InstanceFailedException>(() => runtime.ApplyAsync(Within(helper.Spec.ClusterIp!), new StageLog(), Patient));

        (await client.ListAsync(Kinds.Namespace, Ours, Token)).Items.ShouldHaveSingleItem().Metadata.Labels["lab-orchestrator/instance"].ShouldBe($"{first.InstanceId}");
    }

    [Fact]
    public async Task Multus_words_are_the_reason_of_the_stage_while_a_machines_network_cannot_be_made()
    {
        await using var bare = await SimulatedCluster.StartAsync();
        (bare.Settings.SchedulingMilliseconds, bare.Settings.ImportMilliseconds) = (600_000, 0);
        using var client = Cluster.NewClient(() => bare.Address);
        await using var runtime = On(client);
        var stages = new StageLog();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Patient);
        var apply = runtime.ApplyAsync(Routed(), stages, end.Token);
        await Eventually.HoldsAsync(async () => (await client.ListAsync(Kinds.Pod, Ours, Token)).Items.Any(p => p.Name == "a"), "the container's pod is made");
        var pod = (await client.ListAsync(Kinds.Pod, Ours, Token)).Items.Single(p => p.Name == "a");
        (await client.DeleteAsync(Kinds.NetworkAttachmentDefinition, pod.Namespace, AttachmentName.OfNetwork("left"), DeleteOptions.Default, Token)).ShouldBeTrue();
        (await client.DeleteAsync(Kinds.NetworkAttachmentDefinition, pod.Namespace, AttachmentName.OfCard("b", 0), DeleteOptions.Default, Token)).ShouldBeTrue();

        bare.Settings.SchedulingMilliseconds = 0;
        await Eventually.HoldsAsync(
            async () =>
            {
                // What waited for ten minutes looks at the time again when it changes.
                foreach (var waiting in (await client.ListAsync(Kinds.Pod, new ObjectScope { Namespace = pod.Namespace }, Token)).Items.Where(p => p.Spec.NodeName is null))
                {
                    await WakenAsync(client, waiting);
                }

                return stages.ReasonsOf("a").Any(r => r.Contains("cannot find a network-attachment-definition (net-left)", StringComparison.Ordinal))
                    && stages.ReasonsOf("b").Any(r => r.Contains("cannot find a network-attachment-definition", StringComparison.Ordinal));
            },
            "the stages say what Multus says");

        (await runtime.ListAsync(Token)).Single().Machines.Single(m => m.Name == "a").Reason.ShouldNotBeNull().ShouldContain("net-left");
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => apply);
    }

    private static async Task WakenAsync(KubernetesClient client, Pod pod)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["waken"] = Guid.NewGuid().ToString() } } };
        try
        {
            await client.MergePatchAsync(Kinds.Pod, pod.Namespace, pod.Name, patch, WriteOptions.Default, Token);
        }
        catch (ObjectNotFoundException)
        {
            // An importer that has done its work meanwhile.
        }
    }

    private ObjectScope Ours => new() { LabelSelector = $"{ClusterLabels.Installation}={Cluster.Installation.Id}" };

    private KubernetesLabRuntime On(KubernetesClient client) =>
        new(Cluster.Installation, new KubernetesRuntimeOptions { RequestsPerSecond = 0 }, client, NullLoggerFactory.Instance);

    /// <summary>A lab whose network has an address in it.</summary>
    private InstanceSpec Within(string address)
    {
        var one = On(ContainerMachine("one"), new NetworkAttachment("lan"));
        return Spec(one) with { Networks = [new NetworkDefinition("lan") { Subnet = $"{string.Join('.', address.Split('.').Take(3))}.0/24" }] };
    }

    private InstanceSpec Routed()
    {
        var (middle, a, b) = (ContainerMachine("middle"), ContainerMachine("a"), VmMachine("b"));
        return Spec(
            On(middle, new NetworkAttachment("left", "10.1.0.10"), new NetworkAttachment("right", "10.2.0.10")), On(a, new NetworkAttachment("left")), On(b, new NetworkAttachment("right"))) with
        {
            Networks = [new NetworkDefinition("left") { Subnet = "10.1.0.0/24" }, new NetworkDefinition("right") { Subnet = "10.2.0.0/24" }],
        };
    }

    private static MachineSpec On(MachineSpec machine, params NetworkAttachment[] networks) =>
        machine with { Definition = machine.Definition with { Networks = [.. networks] } };
}
