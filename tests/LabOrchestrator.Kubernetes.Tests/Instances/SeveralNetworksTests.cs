using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Images;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

/// <summary>Labs with several networks, by Multus where it is.</summary>
public sealed class SeveralNetworksTests(ClusterFixture cluster) : LabRuntimeHarness
{
    protected override ILabRuntime Runtime => cluster.Runtime;

    protected override Image ContainerImage => ClusterFixture.Terminal;

    protected override Image? VmImage => ClusterFixture.TinyVm;

    protected override TimeSpan Patience => TimeSpan.FromSeconds(30);

    protected override Task KillAsync(long instanceId, string machine) => cluster.KillAsync(instanceId, machine);

    [Fact]
    public async Task Without_multus_several_networks_are_no_capability_until_it_is_installed()
    {
        await using var bare = await SimulatedCluster.StartAsync(new SimulatorOptions { AddOns = [] });
        using var client = cluster.NewClient(() => bare.Address);
        await using var runtime = new KubernetesLabRuntime(
            cluster.Installation, new KubernetesRuntimeOptions { RequestsPerSecond = 0 }, client, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
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
        var @namespace = await cluster.NamespaceOfAsync(spec.InstanceId);
        var pod = await cluster.Admin.GetAsync(Kinds.Pod, @namespace, "middle", Token);
        pod.Metadata.Annotations["k8s.v1.cni.cncf.io/network-status"].ShouldContain("10.2.0.10");
        var launcher = (await cluster.Admin.ListAsync(Kinds.Pod, new ObjectScope { Namespace = @namespace, LabelSelector = "kubevirt.io=virt-launcher" }, Token)).Items.Single();
        launcher.Metadata.Annotations["k8s.v1.cni.cncf.io/network-status"].ShouldContain("10.2.0.3");
    }

    [Fact]
    public async Task Looking_again_changes_nothing_and_a_network_that_was_removed_comes_back()
    {
        var spec = Routed();
        await ApplyAsync(spec);
        var @namespace = await cluster.NamespaceOfAsync(spec.InstanceId);
        await using var runtime = cluster.NewRuntime(cluster.Installation);
        await runtime.ListAsync(Patient);
        var before = runtime.RequestsSent;
        await runtime.ApplyAsync(spec, new StageLog(), Patient);
        (runtime.RequestsSent - before).ShouldBe(0);

        await cluster.Admin.DeleteAsync(Kinds.NetworkAttachmentDefinition, @namespace, "net-left", DeleteOptions.Default, Token);

        await Eventually.HoldsAsync(async () =>
        {
            await runtime.ApplyAsync(spec, new StageLog(), Patient);
            return await cluster.Admin.FindAsync(Kinds.NetworkAttachmentDefinition, @namespace, "net-left", Token) is not null;
        });
    }

    [Fact]
    public async Task A_subnet_in_which_the_cluster_has_its_services_is_refused_before_any_machine()
    {
        var spec = Routed();
        await ApplyAsync(spec);
        var service = await cluster.Admin.GetAsync(Kinds.Service, await cluster.NamespaceOfAsync(spec.InstanceId), "helper", Token);
        var range = $"{string.Join('.', service.Spec.ClusterIp!.Split('.').Take(2))}.0.0/16";
        var other = Spec(ContainerMachine("one") with { Definition = ContainerMachine("one").Definition with { Networks = [new NetworkAttachment("lan")] } });
        other = other with { Networks = [new NetworkDefinition("lan") { Subnet = range }] };

        var refusal = await Should.ThrowAsync<InstanceFailedException>(() => ApplyAsync(other));

        refusal.Message.ShouldContain("Choose another subnet");
        (await cluster.Admin.FindAsync(Kinds.Pod, await cluster.NamespaceOfAsync(other.InstanceId), "one", Token)).ShouldBeNull();
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
