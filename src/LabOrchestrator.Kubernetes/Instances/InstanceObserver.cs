using System.Collections.Immutable;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>Says what the cluster holds in the words of the runtimes, from the watches alone.</summary>
internal sealed class InstanceObserver(ClusterView view, PodLogs logs)
{
    private readonly ImportedImages _images = new(view);

    private const string Emulation = "It runs in software emulation, which is slow, because the cluster's nodes offer no hardware virtualisation.";

    /// <summary>One instance; null when nothing of it is there.</summary>
    public async Task<ObservedInstance?> ObserveAsync(long instanceId, CancellationToken cancellationToken)
    {
        await view.ReadyAsync(cancellationToken).ConfigureAwait(false);
        return view.Index.Find(instanceId) is { } @namespace
            ? await SeenAsync(instanceId, @namespace, cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <summary>All instances.</summary>
    public async Task<IReadOnlyList<ObservedInstance>> ListAsync(CancellationToken cancellationToken)
    {
        await view.ReadyAsync(cancellationToken).ConfigureAwait(false);
        var all = view.Index.All();
        var seen = new List<ObservedInstance>(all.Count);
        foreach (var (id, @namespace) in all)
        {
            seen.Add(await SeenAsync(id, @namespace, cancellationToken).ConfigureAwait(false));
        }

        return seen;
    }

    private async ValueTask<ObservedInstance> SeenAsync(long instanceId, string @namespace, CancellationToken cancellationToken)
    {
        var pods = view.Pods.In(@namespace);
        var machines = new List<ObservedMachine>();
        foreach (var pod in pods)
        {
            if (IsContainerMachine(pod))
            {
                machines.Add(await ContainerAsync(pod, cancellationToken).ConfigureAwait(false));
            }
        }

        machines.AddRange(view.VirtualMachines.In(@namespace).Where(IsMachine).Select(m => Guest(m, @namespace, pods)));
        var metadata = view.Namespaces.TryGet("", @namespace, out var found) ? found.Metadata : null;
        return new ObservedInstance(instanceId, [.. machines])
        {
            CreatedAt = metadata?.CreationTimestamp,
            Remark = metadata?.Annotations.GetValueOrDefault(ClusterLabels.Remark),
        };
    }

    private async ValueTask<ObservedMachine> ContainerAsync(Pod pod, CancellationToken cancellationToken)
    {
        var sight = view.Words.Tell(PodReading.Sight(pod), pod);
        var reason = sight.Reason;
        if (sight.Phase == MachinePhase.Failed && await logs.TailAsync(pod, cancellationToken).ConfigureAwait(false) is { Length: > 0 } log)
        {
            reason = $"{reason}\n{log}";
        }

        return new ObservedMachine(pod.Name, sight.Phase)
        {
            Reason = reason,
            Addresses = sight.Phase == MachinePhase.Running && pod.Status.PodIp is { } address ? AddressesOf(pod, address) : [],
            ImageDigest = PodReading.DigestOf(pod),
            Remark = pod.Metadata.Annotations.GetValueOrDefault(ClusterLabels.Remark),
        };
    }

    private ObservedMachine Guest(VirtualMachine machine, string @namespace, IReadOnlyList<Pod> pods)
    {
        var guest = view.Guests.TryGet(@namespace, machine.Name, out var found) ? found : null;
        var disk = view.Disks.TryGet(@namespace, VmManifests.DiskName(machine.Name, PodReading.ResetOf(machine)), out var present) ? present : null;
        var launcher = guest is null ? null : pods.FirstOrDefault(p => !p.IsDeleting && IsLauncherOf(p, guest));
        var sight = view.Words.Tell(GuestReading.Sight(machine, guest, disk, launcher), launcher);

        // The launcher's address, which the cluster gave; a guest may state any of its own.
        var address = sight.Phase is MachinePhase.Running or MachinePhase.Paused
            ? pods.FirstOrDefault(p => IsLauncher(p) && p.Metadata.Labels.GetValueOrDefault(ClusterLabels.Machine) == machine.Name
                && p.Status.Phase == "Running" && !p.IsDeleting)?.Status.PodIp
            : null;
        return new ObservedMachine(machine.Name, sight.Phase)
        {
            Reason = sight.Reason,
            Addresses = address is null ? [] : AddressesOf(guest!, address),
            ImageDigest = machine.Metadata.Annotations.GetValueOrDefault(ClusterLabels.DiskImage) is { } image
                ? ResolvedImage.StatedIn(image) ?? _images.DigestOf(@namespace, image)
                : null,
            Remark = RemarkOf(machine, guest),
            AgentConnected = sight.Phase is MachinePhase.Running or MachinePhase.Paused ? GuestReading.HasAgent(guest!) : null,
        };
    }

    private static string? RemarkOf(VirtualMachine machine, VirtualMachineInstance? guest)
    {
        var noted = machine.Metadata.Annotations.GetValueOrDefault(ClusterLabels.Remark);
        return guest is null || !GuestReading.IsEmulated(guest) ? noted : noted is null ? Emulation : $"{noted} {Emulation}";
    }

    // Those in the lab's own networks are ours to give; the cluster's is no other machine's concern then.
    private static ImmutableArray<string> AddressesOf(KubernetesObject machine, string address) =>
        machine.Metadata.Annotations.GetValueOrDefault(ClusterLabels.Addresses) is { } own ? [.. own.Split(',')] : [address];

    /// <summary>The pod is a machine itself, not a VM's launcher or the helper.</summary>
    public static bool IsContainerMachine(Pod pod) => IsMachine(pod) && !IsLauncher(pod);

    /// <summary>The pod in which a VM runs.</summary>
    public static bool IsLauncherOf(Pod pod, VirtualMachineInstance guest) =>
        IsLauncher(pod) && pod.Metadata.OwnerReferences.Any(o => o.Uid == guest.Metadata.Uid);

    private static bool IsMachine(KubernetesObject found) => found.Metadata.Labels.GetValueOrDefault(ClusterLabels.Role) == ClusterLabels.MachineRole;

    private static bool IsLauncher(Pod pod) => pod.Metadata.Labels.ContainsKey(ClusterLabels.KubeVirt);
}
