using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
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
    private const int MostTries = 5;
    private static readonly TimeSpan EndPatience = TimeSpan.FromMinutes(2);

    public async Task BringAsync(ApplyScope scope, MachineSpec wanted, CancellationToken cancellationToken)
    {
        var ended = new HashSet<string>(StringComparer.Ordinal);
        for (var tries = 1; !await TryAsync(scope, wanted, ended, tries > 1, cancellationToken).ConfigureAwait(false); tries++)
        {
            if (tries == MostTries)
            {
                throw new RuntimeUnavailableException($"The VM \"{wanted.Name}\" is removed again and again while it is waited for.");
            }
        }
    }

    // False: what was waited for is not there any more, and all begins again.
    private async Task<bool> TryAsync(ApplyScope scope, MachineSpec wanted, HashSet<string> ended, bool isAgain, CancellationToken cancellationToken)
    {
        var found = Find(scope, wanted);
        var manifest = VmManifests.VirtualMachine(scope.Instance, WithItsDisk(wanted, found), scope.NameServer, installation, options);
        var report = new StageReport(scope.Progress, wanted.Name);
        var uid = found?.Metadata.Uid;
        if (!ObjectApplier.IsCurrent(found, manifest))
        {
            if (wanted.PoweredOn)
            {
                report.Reach(MachineStage.Image);
            }

            if (found is null or { IsDeleting: true })
            {
                if (scope.Instance is { HasRun: true, EndsOnLoss: true })
                {
                    throw new MachineLostException(wanted.Name);
                }

                await EndRemainsAsync(scope, wanted, found, scope.Instance.HasRun || isAgain, cancellationToken).ConfigureAwait(false);
                if (Find(scope, wanted) is not null)
                {
                    return false;
                }

                await objects.ApplyAsync(VmManifests.SeedOf(scope.Instance, wanted, installation, options), cancellationToken).ConfigureAwait(false);
            }

            var remark = RemarkOf(scope, wanted, found);
            uid = (await MakeAsync(manifest, remark, cancellationToken).ConfigureAwait(false)).Object.Metadata.Uid;
        }

        await EndOldAsync(scope, wanted, ended, cancellationToken).ConfigureAwait(false);
        return Sight(scope, wanted) is { Phase: not (MachinePhase.Starting or MachinePhase.PoweredOff) }
            || await ArrivesAsync(scope, wanted, new Presence(uid!), ended, report, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Applied<VirtualMachine>> MakeAsync(JsonObject manifest, string? remark, CancellationToken cancellationToken)
    {
        try
        {
            return await objects.ApplyAsync(Kinds.VirtualMachine, manifest, cancellationToken, Noted).ConfigureAwait(false);
        }
        catch (ManifestRefusedException e) when (Processors.Instead(manifest, e.Status.Message) is { } processors)
        {
            return await objects.ApplyAsync(
                Kinds.VirtualMachine,
                manifest,
                cancellationToken,
                vm =>
                {
                    Noted(vm);
                    Processors.Set(vm, processors);
                }).ConfigureAwait(false);
        }

        void Noted(JsonObject vm)
        {
            if (remark is not null)
            {
                vm["metadata"]!["annotations"]![ClusterLabels.Remark] = remark;
            }
        }
    }

    private VirtualMachine? Find(ApplyScope scope, MachineSpec wanted) =>
        view.VirtualMachines.TryGet(scope.Namespace, wanted.Name, out var known) ? known : null;

    // Nobody but the cluster removes a VM that is wanted; what it had written went with it. A reset returns the disk to its image anyway.
    private static string? RemarkOf(ApplyScope scope, MachineSpec wanted, VirtualMachine? found) =>
        found is null or { IsDeleting: true } ? scope.Instance.HasRun || wanted.ImageDigest is not null ? MachineWords.LostDisk : null
        : PodReading.ResetOf(found) < wanted.ResetGeneration ? null
        : found.Metadata.Annotations.GetValueOrDefault(ClusterLabels.Remark);

    // A disk that is there goes on being described as it was made; the digest that was learnt since is for the next one.
    private static MachineSpec WithItsDisk(MachineSpec wanted, VirtualMachine? found) =>
        found is { IsDeleting: false } && PodReading.ResetOf(found) >= wanted.ResetGeneration
            ? wanted with { ImageDigest = ResolvedImage.StatedIn(found.Metadata.Annotations.GetValueOrDefault(ClusterLabels.DiskImage)) }
            : wanted;

    private IEnumerable<KubernetesObject> Leftovers(ApplyScope scope, MachineSpec wanted) =>
        view.Disks.In(scope.Namespace).AsEnumerable<KubernetesObject>().Concat(view.Guests.In(scope.Namespace)).Where(o =>
            o.Metadata.Labels.GetValueOrDefault(ClusterLabels.Machine) == wanted.Name && o.Metadata.OwnerReferences.Count > 0);

    private async Task EndRemainsAsync(ApplyScope scope, MachineSpec wanted, VirtualMachine? found, bool wasThere, CancellationToken cancellationToken)
    {
        if (found is not null)
        {
            await wait.GoneAsync(
                scope.Id,
                () => Find(scope, wanted)?.Metadata.Uid == found.Metadata.Uid,
                EndPatience,
                () => $"The VM \"{found.Name}\" does not end; it is held by {string.Join(", ", found.Metadata.Finalizers)}.",
                cancellationToken).ConfigureAwait(false);
        }

        if (found is not null || wasThere)
        {
            // What belonged to a lost VM ends with it. A new one of its name would take it over just before. Where the watch of VMs was behind the
            // others, it is no remains but belongs to the VM that is there.
            await wait.GoneAsync(
                scope.Id,
                () => Find(scope, wanted) is null && Leftovers(scope, wanted).Any(),
                EndPatience,
                () => $"The remains of the VM \"{wanted.Name}\" do not end: {string.Join(", ", Leftovers(scope, wanted).Select(l => l.Name))}.",
                cancellationToken).ConfigureAwait(false);
        }
    }

    // A guest of an earlier boot ends, and KubeVirt boots the machine as it is now described; disks of earlier resets go.
    private async Task EndOldAsync(ApplyScope scope, MachineSpec wanted, HashSet<string> ended, CancellationToken cancellationToken)
    {
        if (OldGuest(scope, wanted) is { } guest && ended.Add(guest.Metadata.Uid))
        {
            await EndAsync(Kinds.VirtualMachineInstance, guest, cancellationToken).ConfigureAwait(false);
        }

        var old = view.Disks.In(scope.Namespace).Where(d =>
            d.Metadata.Labels.GetValueOrDefault(ClusterLabels.Machine) == wanted.Name && PodReading.ResetOf(d) < wanted.ResetGeneration && !d.IsDeleting);
        foreach (var disk in old)
        {
            await EndAsync(Kinds.DataVolume, disk, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task EndAsync(KubernetesKind kind, KubernetesObject old, CancellationToken cancellationToken)
    {
        try
        {
            await client.DeleteAsync(kind, old.Namespace, old.Name, new DeleteOptions { Uid = old.Metadata.Uid }, cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectConflictException)
        {
            // It ended by itself, and another has its name by now.
        }
    }

    private VirtualMachineInstance? OldGuest(ApplyScope scope, MachineSpec wanted) =>
        wanted.PoweredOn && view.Guests.TryGet(scope.Namespace, wanted.Name, out var guest) && !guest.IsDeleting && IsOld(guest, wanted) ? guest : null;

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
            return guest is null ? GuestReading.Sight(machine, null, null, null) : MachineSight.Starting(MachineStage.Boot);
        }

        var disk = view.Disks.TryGet(scope.Namespace, VmManifests.DiskName(wanted), out var present) ? present : null;
        var launcher = guest is null ? null : LauncherOf(guest);
        return guest is not null && IsOld(guest, wanted)
            ? MachineSight.Starting(MachineStage.Disk)
            : view.Words.Tell(GuestReading.Sight(machine, guest, disk, launcher), launcher);
    }

    private Pod? LauncherOf(VirtualMachineInstance guest) =>
        view.Pods.In(guest.Namespace).FirstOrDefault(p => !p.IsDeleting && InstanceObserver.IsLauncherOf(p, guest));

    // False: it was removed, or a guest came that was described before this.
    private Task<bool> ArrivesAsync(
        ApplyScope scope, MachineSpec wanted, Presence presence, HashSet<string> ended, StageReport report, CancellationToken cancellationToken)
    {
        var patience = new StartPatience(wanted.Name, options);
        return wait.ForAsync(
            scope.Id,
            since =>
            {
                var machine = Find(scope, wanted);
                if (!presence.Is(machine))
                {
                    return presence.Missing(machine, patience, since);
                }

                if (OldGuest(scope, wanted) is { } guest && !ended.Contains(guest.Metadata.Uid))
                {
                    return Looked.At(false);
                }

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
