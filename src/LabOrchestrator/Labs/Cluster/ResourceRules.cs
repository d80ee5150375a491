using System.Collections.Frozen;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>What a container or VM may ask its node for: nothing that is a device of the node.</summary>
internal static class ResourceRules
{
    private static readonly FrozenSet<string> Allowed = ["limits", "overcommitGuestOverhead", "requests"];
    private static readonly FrozenSet<string> Plain = ["cpu", "ephemeral-storage", "memory"];

    /// <summary>Paths of what it asks for and may not.</summary>
    public static IEnumerable<string> Violations(ManifestPart resources) =>
    [
        .. resources.Beside(Allowed),
        .. from list in new[] { resources.Part("limits"), resources.Part("requests") }
           where list is not null
           from path in list.Value.Json.Where(p => !Plain.Contains(p.Key) && !p.Key.StartsWith("hugepages-", StringComparison.Ordinal)).Select(p => list.Value.At(p.Key))
           select path,
    ];
}
