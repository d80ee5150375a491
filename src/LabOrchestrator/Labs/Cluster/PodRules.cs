using System.Text.Json.Nodes;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>
/// What pods of authors may not ask for: a way to the node, to the cluster's API, or past the scheduler. Pod Security refuses most of it
/// again in the cluster; here it is said when the lab is read.
/// </summary>
public static class PodRules
{
    private static readonly string[] NeverTrue = ["hostNetwork", "hostPID", "hostIPC", "automountServiceAccountToken", "shareProcessNamespace"];
    private static readonly string[] NeverSet = ["serviceAccountName", "serviceAccount", "nodeName", "priorityClassName", "runtimeClassName", "ephemeralContainers"];
    private static readonly string[] ContainerLists = ["containers", "initContainers"];
    private static readonly string[] OutsideVolumes = ["hostPath", "csi", "nfs", "iscsi", "rbd", "cephfs", "glusterfs", "fc", "flexVolume", "portworxVolume"];

    /// <summary>Paths of what a pod's specification asks for and may not, for example <c>spec.containers[0].securityContext.privileged</c>.</summary>
    /// <param name="podSpec">The specification, or a part of one.</param>
    /// <param name="path">Where it stands.</param>
    public static IEnumerable<string> Violations(JsonObject podSpec, string path)
    {
        var found = NeverTrue.Where(k => IsTrue(podSpec[k])).Concat(NeverSet.Where(k => podSpec[k] is not null)).Select(k => $"{path}.{k}");
        foreach (var list in ContainerLists)
        {
            found = found.Concat(Items(podSpec, list).SelectMany(c => OfContainer(c.Item, $"{path}.{list}[{c.Index}]")));
        }

        return found.Concat(Items(podSpec, "volumes").SelectMany(v => OfVolume(v.Item, $"{path}.volumes[{v.Index}]")));
    }

    private static IEnumerable<string> OfContainer(JsonObject container, string path)
    {
        if (container["securityContext"] is JsonObject context)
        {
            if (IsTrue(context["privileged"]))
            {
                yield return $"{path}.securityContext.privileged";
            }

            if (context["procMount"] is not null)
            {
                yield return $"{path}.securityContext.procMount";
            }
        }

        foreach (var (_, index) in Items(container, "ports").Where(p => p.Item["hostPort"] is not null))
        {
            yield return $"{path}.ports[{index}].hostPort";
        }
    }

    private static IEnumerable<string> OfVolume(JsonObject volume, string path)
    {
        foreach (var key in OutsideVolumes.Where(k => volume[k] is not null))
        {
            yield return $"{path}.{key}";
        }

        if (volume["projected"] is JsonObject projected)
        {
            foreach (var (_, index) in Items(projected, "sources").Where(s => s.Item["serviceAccountToken"] is not null))
            {
                yield return $"{path}.projected.sources[{index}].serviceAccountToken";
            }
        }
    }

    private static IEnumerable<(JsonObject Item, int Index)> Items(JsonObject json, string key) =>
        (json[key] as JsonArray ?? []).Select((item, index) => (Item: item as JsonObject, Index: index)).Where(i => i.Item is not null)!;

    private static bool IsTrue(JsonNode? value) => value is JsonValue flag && flag.TryGetValue<bool>(out var isTrue) && isTrue;
}
