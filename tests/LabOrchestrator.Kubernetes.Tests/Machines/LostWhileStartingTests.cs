using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Machines;

/// <summary>What is removed while a start waits for it.</summary>
public sealed class LostWhileStartingTests(ClusterFixture cluster) : OwnClusterLab(cluster)
{
    [Fact]
    public async Task A_container_that_is_removed_while_it_starts_is_made_again()
    {
        Own.Settings.SchedulingMilliseconds = 3_600_000;
        var apply = ApplyAsync(Spec(ContainerMachine("client")));
        var first = await IsThereAsync(Kinds.Pod, "client", null);

        await Admin.DeleteAsync(Kinds.Pod, first.Namespace, "client", new DeleteOptions { GracePeriodSeconds = 0 }, Token);

        await IsThereAsync(Kinds.Pod, "client", first.Metadata.Uid);
        apply.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_virtual_machine_that_is_removed_while_its_disk_is_filled_is_made_again()
    {
        Own.Settings.ImportMilliseconds = 3_600_000;
        var apply = ApplyAsync(Spec(VmMachine()));
        var first = await IsThereAsync(Kinds.VirtualMachine, "server", null);
        await IsThereAsync(Kinds.DataVolume, VmManifests.DiskName("server", 0), null);

        await Admin.DeleteAsync(Kinds.VirtualMachine, first.Namespace, "server", DeleteOptions.Default, Token);

        await IsThereAsync(Kinds.VirtualMachine, "server", first.Metadata.Uid);
        Own.Settings.ImportMilliseconds = 0;
        var disk = await IsThereAsync(Kinds.DataVolume, VmManifests.DiskName("server", 0), null);
        await Admin.MergePatchAsync(
            Kinds.DataVolume, disk.Namespace, disk.Name, new() { ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["annotations"] = new System.Text.Json.Nodes.JsonObject { ["waken"] = "yes" } } }, WriteOptions.Default, Token);
        Of(await apply, "server").Phase.ShouldBe(MachinePhase.Running);
    }

    private async Task<T> IsThereAsync<T>(KubernetesKind<T> kind, string name, string? otherThan)
        where T : KubernetesObject
    {
        T? found = null;
        var ours = new ObjectScope { LabelSelector = $"{ClusterLabels.Installation}={Cluster.Installation.Id}" };
        await Eventually.HoldsAsync(
            async () => (found = (await Admin.ListAsync(kind, ours, Token)).Items.SingleOrDefault(o => o.Name == name && !o.IsDeleting && o.Metadata.Uid != otherThan)) is not null,
            $"there is a {kind.Name} {name}");
        return found!;
    }
}
