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
        var manifest = VmManifests.VirtualMachine(scope.Instance, wanted, scope.NameServer, installation, options);
        var found = view.VirtualMachines.TryGet(scope.Namespace, wanted.Name, out var known) ? known : null;
        var report = new StageReport(scope.Progress, wanted.Name);
        if (!ObjectApplier.IsCurrent(found, manifest))
        {
            report.Reach(MachineStage.Image);
            await ReplaceEndingAsync(scope, found, cancellationToken).ConfigureAwait(false);
            if (found is null or { IsDeleting: true })
            {
                await objects.ApplyAsync(VmManifests.SeedOf(scope.Instance, wanted, installation), cancellationToken).ConfigureAwait(false);
            }

            await objects.ApplyAsync(Kinds.VirtualMachine, manifest, cancellationToken).ConfigureAwait(false);
        }

        await EndOldAsync(scope, wanted, cancellationToken).ConfigureAwait(false);
        if (Sight(scope, wanted) is not { } sight || sight.Phase is MachinePhase.Starting or MachinePhase.PoweredOff)
        {
            await ArrivesAsync(scope, wanted, report, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReplaceEndingAsync(ApplyScope scope, VirtualMachine? found, CancellationToken cancellationToken)
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
            : GuestReading.Sight(machine, guest, disk);
    }

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
