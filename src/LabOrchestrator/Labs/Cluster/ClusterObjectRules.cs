using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>
/// What an object that an author adds may have. It is asked when a lab is read, and again before each object is applied: a lab may have
/// been read by an older server.
/// </summary>
public static class ClusterObjectRules
{
    /// <summary>Paths of what an object has and may not.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="manifest">The object as its author wrote it.</param>
    public static IEnumerable<string> Violations(ClusterObjectKind kind, JsonObject manifest)
    {
        var whole = new ManifestPart(manifest, "");
        return
        [
            .. whole.Part("metadata") is { } metadata ? MarkRules.Violations(metadata) : [],
            .. kind.Name switch
            {
                "Secret" => SecretRules.Violations(whole),
                "Service" => ServiceRules.Violations(manifest),
                "PersistentVolumeClaim" => ClaimRules.Violations(whole),
                _ => [],
            },
            .. OfPods(whole, kind.PodSpec),
            .. whole.Part("spec")?.Items("volumeClaimTemplates").SelectMany(OfTemplate) ?? [],
        ];
    }

    private static IEnumerable<string> OfPods(ManifestPart whole, ImmutableArray<string> path)
    {
        if (path.IsEmpty)
        {
            return [];
        }

        ManifestPart? owner = whole;
        foreach (var key in path[..^1])
        {
            owner = owner?.Part(key);
        }

        return
        [
            .. path.Length > 1 && owner?.Part("metadata") is { } metadata ? MarkRules.Violations(metadata) : [],
            .. owner?.Part(path[^1]) is { } pods ? PodRules.Violations(pods, ContainerLimits.OfAuthors) : [],
        ];
    }

    private static IEnumerable<string> OfTemplate(ManifestPart claim) =>
        [.. claim.Part("metadata") is { } metadata ? MarkRules.Violations(metadata) : [], .. ClaimRules.Violations(claim)];
}
