using System.Collections.Frozen;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>What an author's claim to storage may ask for: new storage, and never a disk that somebody has or had.</summary>
internal static class ClaimRules
{
    private static readonly FrozenSet<string> Allowed = ["accessModes", "resources", "storageClassName", "volumeMode"];

    /// <summary>Paths of what a PersistentVolumeClaim, or the template of one, has and may not.</summary>
    public static IEnumerable<string> Violations(ManifestPart claim) => claim.Part("spec") is { } spec ? spec.Beside(Allowed) : [];
}
