using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Images;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.Machines;

/// <summary>A cluster whose images were loaded into its nodes, as on a laptop: no registry gives them again.</summary>
public sealed class LoadedImagesTests(ClusterFixture cluster) : LabRuntimeHarness
{
    private SimulatedCluster _laptop = null!;
    private KubernetesClient _admin = null!;
    private KubernetesLabRuntime _runtime = null!;

    protected override ILabRuntime Runtime => _runtime;

    protected override Image ContainerImage => ClusterFixture.Terminal;

    protected override Image? VmImage => ClusterFixture.TinyVm;

    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    protected override Task KillAsync(long instanceId, string machine) => throw new NotSupportedException();

    public override async ValueTask InitializeAsync()
    {
        _laptop = await SimulatedCluster.StartAsync();
        _laptop.Settings.ProgramFolder = cluster.Cluster.Settings.ProgramFolder;
        _admin = cluster.NewClient(() => _laptop.Address);
        _runtime = new KubernetesLabRuntime(
            cluster.Installation, new KubernetesRuntimeOptions { RequestsPerSecond = 0, EndSeconds = 60 }, cluster.NewClient(() => _laptop.Address), NullLoggerFactory.Instance);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _runtime.DisposeAsync();
        _admin.Dispose();
        await _laptop.DisposeAsync();
    }

    [Theory]
    [InlineData("docker.io/library/import-2026-11-21@{digest}")]
    [InlineData("{digest}")]
    [InlineData("docker://{digest}")]
    public async Task A_machine_of_a_loaded_image_is_reset_and_made_again_from_its_tag(string imageId)
    {
        _laptop.Settings.LoadedImageId = imageId;
        var spec = Spec(ContainerMachine("client"), VmMachine());
        var first = await ApplyAsync(spec);
        first.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running && m.ImageDigest == null);

        // As the server does: it keeps what was resolved for whatever is made later.
        spec = With(spec, "client", m => m with { ImageDigest = Of(first, "client").ImageDigest, ResetGeneration = 1 });
        spec = With(spec, "server", m => m with { ImageDigest = Of(first, "server").ImageDigest, ResetGeneration = 1 }) with { HasRun = true };
        var reset = await ApplyAsync(spec);
        reset.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running && m.Remark == null);

        var pod = (await _admin.ListAsync(Kinds.Pod, new ObjectScope { LabelSelector = $"{ClusterLabels.Instance}={spec.InstanceId}" }, Token)).Items.Single(p => p.Name == "client");
        await _admin.DeleteAsync(Kinds.Pod, pod.Namespace, "client", new DeleteOptions { GracePeriodSeconds = 0 }, Token);
        await Eventually.HoldsAsync(async () => (await Runtime.ObserveAsync(spec.InstanceId, Patient))!.Machines.All(m => m.Name != "client"));
        var again = await ApplyAsync(spec);
        Of(again, "client").Phase.ShouldBe(MachinePhase.Running);
        Of(again, "client").Remark.ShouldNotBeNull().ShouldContain("lost this machine");
    }
}
