using System.Collections.Frozen;
using System.Text.Json.Nodes;
using LabOrchestrator.Images;

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
        "spec.hostname", "spec.dnsPolicy", "spec.dnsConfig", "spec.restartPolicy", "spec.schedulerName", "spec.automountServiceAccountToken",
    ];

    private static readonly FrozenSet<string> OfVm = ["template"];
    private static readonly string[] ContainerLists = ["containers", "initContainers"];

    /// <summary>The manifest with the patch in it; neither is changed.</summary>
    public static JsonObject Apply(JsonObject manifest, JsonObject patch) => (JsonObject)Merge(manifest, patch)!;

    /// <summary>Paths of what a patch, or a manifest that was patched, asks for and may not.</summary>
    /// <param name="manifest">The patch; or the patched manifest beside <paramref name="original"/>.</param>
    /// <param name="kind">What the machine is.</param>
    /// <param name="privileges">The privileges that the machine declares: a patch gives it no others.</param>
    /// <param name="original">The manifest before the patch; null where <paramref name="manifest"/> is the patch alone.</param>
    public static IEnumerable<string> Violations(
        JsonObject manifest, ImageKind kind, IReadOnlyCollection<MachinePrivilege> privileges, JsonObject? original = null)
    {
        var spec = new ManifestPart(manifest["spec"] as JsonObject ?? [], "spec");
        var before = original?["spec"] as JsonObject;
        var limits = ContainerLimits.Of(privileges);
        return Kept.Where(p => original is null ? Has(manifest, p) : !JsonNode.DeepEquals(At(manifest, p), At(original, p))).Concat(
            new[]
            {
                MarkRules.Violations(new(manifest["metadata"] as JsonObject ?? [], "metadata"), original?["metadata"] as JsonObject),
                kind == ImageKind.Vm ? OfVms(spec, before) : PodRules.Violations(spec, limits),
                kind == ImageKind.Vm || before is null ? [] : Weakened(spec, before, limits),
            }.SelectMany(p => p).Where(p => !Kept.Contains(p)));
    }

    private static IEnumerable<string> OfVms(ManifestPart spec, JsonObject? original)
    {
        var marks = new ManifestPart(At(spec.Json, "template.metadata") as JsonObject ?? [], "spec.template.metadata");
        return
        [
            .. spec.Beside(OfVm),
            .. MarkRules.Violations(marks, At(original, "template.metadata") as JsonObject),
            .. VmRules.Violations(spec, original),
        ];
    }

    // What confines a machine is no longer there, or was not given to a container that the patch adds.
    private static IEnumerable<string> Weakened(ManifestPart spec, JsonObject original, ContainerLimits limits)
    {
        const string profile = "securityContext.seccompProfile";
        if (At(original, profile) is not null && At(spec.Json, profile) is null)
        {
            yield return spec.At(profile);
        }

        foreach (var container in ContainerLists.SelectMany(spec.Items))
        {
            var context = container.Part("securityContext");
            if ((context?.Part("capabilities")?.Json["drop"] as JsonArray ?? []).All(c => c?.ToString() != "ALL"))
            {
                yield return container.At("securityContext.capabilities.drop");
            }

            if (!limits.MayEscalate && context?.Json["allowPrivilegeEscalation"] is null)
            {
                yield return container.At("securityContext.allowPrivilegeEscalation");
            }
        }
    }

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
