using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>Brings VMs to what is wanted.</summary>
internal sealed class VirtualMachines(
    KubernetesClient client, ClusterView view, ObjectApplier objects, InstanceWait wait, Installation installation, KubernetesRuntimeOptions options)
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromMinutes(2);

    public async Task BringAsync(ApplyScope scope, MachineSpec wanted, CancellationToken cancellationToken)
    {
        var found = view.VirtualMachines.TryGet(scope.Namespace, wanted.Name, out var known) ? known : null;
        var manifest = VmManifests.VirtualMachine(scope.Instance, WithItsDisk(wanted, found), scope.NameServer, installation, options);
        var report = new StageReport(scope.Progress, wanted.Name);
        if (!ObjectApplier.IsCurrent(found, manifest))
        {
            report.Reach(MachineStage.Image);
            await ReplaceEndingAsync(scope, wanted, found, cancellationToken).ConfigureAwait(false);
            if (found is null or { IsDeleting: true })
            {
                await objects.ApplyAsync(VmManifests.SeedOf(scope.Instance, wanted, installation, options), cancellationToken).ConfigureAwait(false);
            }

            var remark = RemarkOf(scope, wanted, found);
            await objects.ApplyAsync(
                Kinds.VirtualMachine,
                manifest,
                cancellationToken,
                remark is null ? null : vm => vm["metadata"]!["annotations"]![ClusterLabels.Remark] = remark).ConfigureAwait(false);
        }

        await EndOldAsync(scope, wanted, cancellationToken).ConfigureAwait(false);
        if (Sight(scope, wanted) is not { } sight || sight.Phase is MachinePhase.Starting or MachinePhase.PoweredOff)
        {
            await ArrivesAsync(scope, wanted, report, cancellationToken).ConfigureAwait(false);
        }
    }

    // Nobody but the cluster removes a VM that is wanted; what it had written went with it. A reset returns the disk to its image anyway.
    private static string? RemarkOf(ApplyScope scope, MachineSpec wanted, VirtualMachine? found) =>
        found is null or { IsDeleting: true } ? scope.Instance.HasRun || wanted.ImageDigest is not null ? MachineWords.LostDisk : null
        : PodReading.ResetOf(found) < wanted.ResetGeneration ? null
        : found.Metadata.Annotations.GetValueOrDefault(ClusterLabels.Remark);

    // A disk that is there goes on being described as it was made; the digest that was learnt since is for the next one.
    private static MachineSpec WithItsDisk(MachineSpec wanted, VirtualMachine? found) =>
        found is { IsDeleting: false } && PodReading.ResetOf(found) >= wanted.ResetGeneration
            ? wanted with { ImageDigest = PodReading.DigestIn(found.Metadata.Annotations.GetValueOrDefault(ClusterLabels.DiskImage)) }
            : wanted;

    private IEnumerable<KubernetesObject> Leftovers(ApplyScope scope, MachineSpec wanted) =>
        view.Disks.In(scope.Namespace).AsEnumerable<KubernetesObject>().Concat(view.Guests.In(scope.Namespace)).Where(o =>
            o.Metadata.Labels.GetValueOrDefault(ClusterLabels.Machine) == wanted.Name && o.Metadata.OwnerReferences.Count > 0);

    private async Task ReplaceEndingAsync(ApplyScope scope, MachineSpec wanted, VirtualMachine? found, CancellationToken cancellationToken)
    {
        if (found is { IsDeleting: true })
        {
            await wait.GoneAsync(
                scope.Id,
                () => view.VirtualMachines.TryGet(scope.Namespace, found.Name, out var still) && still.Metadata.Uid == found.Metadata.Uid,
                EndPatience,
                () => $"The VM \"{found.Name}\" does not end; it is held by {string.Join(", ", found.Metadata.Finalizers)}.",
                cancellationToken).ConfigureAwait(false);
        }

        if (found is null or { IsDeleting: true } && scope.Instance.HasRun)
        {
            // What belonged to a lost VM ends with it. A new one of its name would take it over just before.
            await wait.GoneAsync(
                scope.Id,
                () => Leftovers(scope, wanted).Any(),
                EndPatience,
                () => $"The remains of the VM \"{wanted.Name}\" do not end: {string.Join(", ", Leftovers(scope, wanted).Select(l => l.Name))}.",
                cancellationToken).ConfigureAwait(false);
        }
    }

    // A guest of an earlier boot ends, and KubeVirt boots the machine as it is now described; disks of earlier resets go.
    private async Task EndOldAsync(ApplyScope scope, MachineSpec wanted, CancellationToken cancellationToken)
    {
        if (wanted.PoweredOn && view.Guests.TryGet(scope.Namespace, wanted.Name, out var guest) && !guest.IsDeleting && IsOld(guest, wanted))
        {
            await client.DeleteAsync(
                Kinds.VirtualMachineInstance, scope.Namespace, wanted.Name, new DeleteOptions { Uid = guest.Metadata.Uid }, cancellationToken)
                .ConfigureAwait(false);
        }

        var old = view.Disks.In(scope.Namespace).Where(d =>
            d.Metadata.Labels.GetValueOrDefault(ClusterLabels.Machine) == wanted.Name && PodReading.ResetOf(d) < wanted.ResetGeneration && !d.IsDeleting);
        foreach (var disk in old)
        {
            await client.DeleteAsync(
                Kinds.DataVolume, scope.Namespace, disk.Name, new DeleteOptions { Uid = disk.Metadata.Uid }, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsOld(VirtualMachineInstance guest, MachineSpec wanted) =>
        PodReading.BootOf(guest) < wanted.BootGeneration || PodReading.ResetOf(guest) < wanted.ResetGeneration;

    private MachineSight? Sight(ApplyScope scope, MachineSpec wanted)
    {
        if (!view.VirtualMachines.TryGet(scope.Namespace, wanted.Name, out var machine)
            || (machine.Spec.RunStrategy == VmManifests.Halted) == wanted.PoweredOn)
        {
            return null;
        }

        var guest = view.Guests.TryGet(scope.Namespace, wanted.Name, out var found) ? found : null;
        if (!wanted.PoweredOn)
        {
            // It is off when its guest has ended.
            return guest is null ? GuestReading.Sight(machine, null, null) : MachineSight.Starting(MachineStage.Boot);
        }

        var disk = view.Disks.TryGet(scope.Namespace, VmManifests.DiskName(wanted), out var present) ? present : null;
        return guest is not null && IsOld(guest, wanted)
            ? MachineSight.Starting(MachineStage.Disk)
            : view.Words.Tell(GuestReading.Sight(machine, guest, disk), guest is null ? null : LauncherOf(guest));
    }

    private Pod? LauncherOf(VirtualMachineInstance guest) =>
        view.Pods.In(guest.Namespace).FirstOrDefault(p => !p.IsDeleting && InstanceObserver.IsLauncherOf(p, guest));

    private Task<bool> ArrivesAsync(ApplyScope scope, MachineSpec wanted, StageReport report, CancellationToken cancellationToken)
    {
        var patience = new StartPatience(wanted.Name, options);
        return wait.ForAsync(
            scope.Id,
            since =>
            {
                var sight = Sight(scope, wanted) ?? MachineSight.Starting(MachineStage.Image);
                if (sight.Phase == MachinePhase.PoweredOff)
                {
                    return Looked.At(true);
                }

                if (wanted.PoweredOn)
                {
                    report.See(sight);
                }

                return sight.Phase == MachinePhase.Starting ? patience.Check<bool>(sight, since) : Looked.At(true);
            },
            cancellationToken);
    }
}
