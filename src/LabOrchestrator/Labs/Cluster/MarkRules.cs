using System.Collections.Frozen;
using System.Text.Json.Nodes;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>
/// Which labels and annotations an author may set. An annotation is an order to whoever knows it (another network, a device of the node, a
/// copy of somebody's disk), so only plain and harmless ones are let through; of labels all but those by which a cluster is run.
/// </summary>
internal static class MarkRules
{
    /// <summary>Prefix of labels and annotations that are ours alone.</summary>
    public const string OwnPrefix = "lab-orchestrator/";

    private static readonly FrozenSet<string> Allowed = ["annotations", "labels", "name"];

    private static readonly string[] ClusterDomains =
        ["kubernetes.io", "k8s.io", "kubevirt.io", "cncf.io", "cilium.io", "projectcalico.org", "istio.io", "linkerd.io", "ovn.org", "openshift.io"];

    // The labels that Kubernetes recommends to everybody.
    private const string CommonLabels = "app.kubernetes.io/";

    private static readonly FrozenSet<string> HarmlessAnnotations =
        ["kubectl.kubernetes.io/default-container", "kubernetes.io/description", "kubevirt.io/disablePCIHole64"];

    /// <summary>Paths of what metadata has and may not.</summary>
    /// <param name="metadata">The metadata, or a part of it.</param>
    /// <param name="original">The same before it was patched: what it had, it keeps. Null for nothing.</param>
    public static IEnumerable<string> Violations(ManifestPart metadata, JsonObject? original = null) =>
    [
        .. metadata.Json.Where(p => p.Value is not null && !Allowed.Contains(p.Key) && !JsonNode.DeepEquals(p.Value, original?[p.Key])).Select(p => metadata.At(p.Key)),
        .. Marks(metadata, original, "labels", IsLabelOfOthers),
        .. Marks(metadata, original, "annotations", IsOrder),
    ];

    private static IEnumerable<string> Marks(ManifestPart metadata, JsonObject? original, string kind, Func<string, bool> isRefused)
    {
        var (now, before) = (metadata.Json[kind] as JsonObject ?? [], original?[kind] as JsonObject ?? []);
        return now.Concat(before).Select(p => p.Key).Distinct(StringComparer.Ordinal)
            .Where(k => isRefused(k) && (original is null || !JsonNode.DeepEquals(now[k], before[k])))
            .Select(k => $"{metadata.At(kind)}.{k}");
    }

    private static bool IsLabelOfOthers(string key)
    {
        var domain = key.Split('/')[0];
        return key.StartsWith(OwnPrefix, StringComparison.Ordinal)
            || (!key.StartsWith(CommonLabels, StringComparison.Ordinal) && ClusterDomains.Any(d => domain == d || domain.EndsWith($".{d}", StringComparison.Ordinal)));
    }

    // Some engines take orders without a prefix, such as io.kubernetes.cri-o.Devices.
    private static bool IsOrder(string key) => key.AsSpan().ContainsAny('/', '.') && !HarmlessAnnotations.Contains(key);
}
