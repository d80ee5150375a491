using System.Text.Json.Nodes;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>
/// An author's patch of a machine's manifest. It is merged as JSON merge patches are (RFC 7396), but lists of named things (containers,
/// volumes, disks, environment) are merged by name, so that one of them can be changed without repeating the others.
/// </summary>
public static class MachinePatch
{
    /// <summary>The keys that a machine keeps: who it is, and what the runtime itself says when it turns it on, off, and to another disk.</summary>
    private static readonly string[] Kept =
    [
        "apiVersion", "kind", "status", "metadata.name", "metadata.namespace", "metadata.ownerReferences", "metadata.finalizers",
        "metadata.generateName", "spec.running", "spec.runStrategy", "spec.dataVolumeTemplates", "spec.instancetype", "spec.preference",
        "spec.template.spec.networks", "spec.template.spec.hostname", "spec.template.spec.dnsPolicy", "spec.template.spec.dnsConfig",
        "spec.hostname", "spec.dnsPolicy", "spec.dnsConfig", "spec.restartPolicy", "spec.automountServiceAccountToken",
    ];

    // By these a pod would join the networks of other instances.
    private static readonly string[] NetworkMarks = ["k8s.v1.cni.cncf.io/", "v1.multus-cni.io/", "k8s.ovn.org/"];

    private static readonly string[] OutsideVolumes = ["hostDisk", "serviceAccount", "downwardMetrics"];

    /// <summary>Prefix of labels and annotations that are ours alone.</summary>
    public const string OwnPrefix = "lab-orchestrator/";

    /// <summary>The manifest with the patch in it; neither is changed.</summary>
    public static JsonObject Apply(JsonObject manifest, JsonObject patch) => (JsonObject)Merge(manifest, patch)!;

    /// <summary>Paths of what a patch, or a manifest that was patched, asks for and may not.</summary>
    /// <param name="manifest">The patch; or the patched manifest beside <paramref name="original"/>.</param>
    /// <param name="original">The manifest before the patch; null where <paramref name="manifest"/> is the patch alone.</param>
    public static IEnumerable<string> Violations(JsonObject manifest, JsonObject? original = null)
    {
        foreach (var path in Kept.Where(p => original is null ? Has(manifest, p) : !JsonNode.DeepEquals(At(manifest, p), At(original, p))))
        {
            yield return path;
        }

        foreach (var path in OwnMarks(manifest, original))
        {
            yield return path;
        }

        if (manifest["spec"] is not JsonObject spec)
        {
            yield break;
        }

        var machine = At(spec, "template.spec") as JsonObject;
        foreach (var path in PodRules.Violations(spec, "spec").Concat(machine is null ? [] : PodRules.Violations(machine, "spec.template.spec"))
            .Where(p => !Kept.Contains(p)))
        {
            yield return path;
        }

        foreach (var (volume, index) in (machine?["volumes"] as JsonArray ?? []).Select((v, i) => (v as JsonObject, i)))
        {
            foreach (var key in OutsideVolumes.Where(k => volume?[k] is not null))
            {
                yield return $"spec.template.spec.volumes[{index}].{key}";
            }
        }
    }

    /// <summary>Paths of labels and annotations that are ours, and of those that choose networks.</summary>
    internal static IEnumerable<string> OwnMarks(JsonObject manifest, JsonObject? original = null)
    {
        foreach (var path in new[] { "metadata.labels", "metadata.annotations", "spec.template.metadata.labels", "spec.template.metadata.annotations" })
        {
            var (now, before) = (At(manifest, path) as JsonObject ?? [], At(original, path) as JsonObject ?? []);
            var keys = now.Concat(before).Select(p => p.Key).Where(IsOurs).Distinct(StringComparer.Ordinal);
            foreach (var key in keys.Where(k => original is null || !JsonNode.DeepEquals(now[k], before[k])))
            {
                yield return $"{path}.{key}";
            }
        }
    }

    private static bool IsOurs(string key) =>
        key.StartsWith(OwnPrefix, StringComparison.Ordinal) || NetworkMarks.Any(m => key.StartsWith(m, StringComparison.Ordinal));

    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is JsonArray wanted)
        {
            return target is JsonArray present && AreNamed(present) && AreNamed(wanted) ? MergeByName(present, wanted) : wanted.DeepClone();
        }

        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var merged = target is JsonObject known ? (JsonObject)known.DeepClone() : [];
        foreach (var (key, value) in changes)
        {
            if (value is null)
            {
                merged.Remove(key);
            }
            else
            {
                merged[key] = Merge(merged[key], value);
            }
        }

        return merged;
    }

    private static JsonArray MergeByName(JsonArray present, JsonArray wanted)
    {
        var merged = (JsonArray)present.DeepClone();
        foreach (var item in wanted)
        {
            var index = merged.ToList().FindIndex(m => JsonNode.DeepEquals(m!["name"], item!["name"]));
            if (index < 0)
            {
                merged.Add(Merge(null, item));
            }
            else
            {
                merged[index] = Merge(merged[index], item);
            }
        }

        return merged;
    }

    private static bool AreNamed(JsonArray list) => list.Count > 0 && list.All(i => i is JsonObject item && item["name"] is JsonValue);

    private static bool Has(JsonObject json, string path)
    {
        var dot = path.LastIndexOf('.');
        return (dot < 0 ? json : At(json, path[..dot]) as JsonObject)?.ContainsKey(path[(dot + 1)..]) == true;
    }

    private static JsonNode? At(JsonObject? json, string path)
    {
        JsonNode? node = json;
        foreach (var key in path.Split('.'))
        {
            node = (node as JsonObject)?[key];
        }

        return node;
    }
}
