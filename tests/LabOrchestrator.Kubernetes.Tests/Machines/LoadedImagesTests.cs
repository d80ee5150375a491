using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Machines;

/// <summary>A cluster whose images were loaded into its nodes, as on a laptop: no registry gives them again.</summary>
public sealed class LoadedImagesTests(ClusterFixture cluster) : OwnClusterLab(cluster)
{
    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("docker.io/library/import-2026-11-21@{digest}")]
    [InlineData("{digest}")]
    [InlineData("docker://{digest}")]
    public async Task A_machine_of_a_loaded_image_is_reset_and_made_again_from_its_tag(string imageId)
    {
        Own.Settings.LoadedImageId = imageId;
        var spec = Spec(ContainerMachine("client"), VmMachine());
        var first = await ApplyAsync(spec);
        first.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running && m.ImageDigest == null);

        // As the server does: it keeps what was resolved for whatever is made later.
        spec = With(spec, "client", m => m with { ImageDigest = Of(first, "client").ImageDigest, ResetGeneration = 1 });
        spec = With(spec, "server", m => m with { ImageDigest = Of(first, "server").ImageDigest, ResetGeneration = 1 }) with { HasRun = true };
        var reset = await ApplyAsync(spec);
        reset.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running && m.Remark == null);

        var pod = (await Admin.ListAsync(Kinds.Pod, new ObjectScope { LabelSelector = $"{ClusterLabels.Instance}={spec.InstanceId}" }, Token)).Items.Single(p => p.Name == "client");
        await Admin.DeleteAsync(Kinds.Pod, pod.Namespace, "client", new DeleteOptions { GracePeriodSeconds = 0 }, Token);
        await Eventually.HoldsAsync(async () => (await Runtime.ObserveAsync(spec.InstanceId, Patient))!.Machines.All(m => m.Name != "client"));
        var again = await ApplyAsync(spec);
        Of(again, "client").Phase.ShouldBe(MachinePhase.Running);
        Of(again, "client").Remark.ShouldNotBeNull().ShouldContain("lost this machine");
    }
}
