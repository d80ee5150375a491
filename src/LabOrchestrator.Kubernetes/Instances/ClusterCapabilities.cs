using System.Collections.Immutable;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>What labs can have on a cluster, by what is installed there.</summary>
internal static class ClusterCapabilities
{
    private const string OtherRuntime = "Run the lab on Docker Engine, or change it.";

    private static readonly ImmutableSortedSet<string> Always =
        [RuntimeCapabilities.Containers, RuntimeCapabilities.Internet, RuntimeCapabilities.Kubernetes];

    private static readonly string[] OfMachines = [RuntimeCapabilities.VirtualMachines, RuntimeCapabilities.PauseVirtualMachines, RuntimeCapabilities.Screenshots];

    private static readonly string[] OfNetworks =
        [RuntimeCapabilities.SeveralNetworks, RuntimeCapabilities.FixedAddresses, RuntimeCapabilities.Layer2];

    private static readonly ImmutableArray<MissingCapability> Never =
    [
        new(RuntimeCapabilities.Pause) { Reason = "Kubernetes cannot freeze containers.", Remedy = OtherRuntime },
        new(RuntimeCapabilities.HardwareVirtualisation)
        {
            Reason = "It is not known of the cluster's nodes whether they have hardware virtualisation.",
            Remedy = "Leave hardware-virtualisation out of the lab's requires: KubeVirt uses it where it is.",
        },
    ];

    /// <param name="isKnown">The cluster was asked what is installed.</param>
    /// <param name="noMachines">Why there are no VMs; null where there are.</param>
    /// <param name="noNetworks">Why there are no further networks; null where there are.</param>
    public static RuntimeCapabilities Of(bool isKnown, string? noMachines, string? noNetworks) =>
        new(Always.Union(noMachines is null ? OfMachines : []).Union(noNetworks is null ? OfNetworks : []))
        {
            IsKnown = isKnown,
            Absent = [.. Never, .. Absent(OfMachines, noMachines), .. Absent(OfNetworks, noNetworks)],
        };

    private static IEnumerable<MissingCapability> Absent(string[] names, string? reason) => reason is null
        ? []
        : names.Select(n => new MissingCapability(n) { Reason = reason, Remedy = "Have an administrator install it (make doctor tells more), or run the lab on another runtime." });
}
