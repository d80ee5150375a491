using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>How much objects take of what a quota limits.</summary>
internal static class Usage
{
    /// <summary>What one object counts for under a quota's key; 0 when it has nothing to do with it.</summary>
    public static decimal Of(ResourceKind kind, JsonNode value, string key) => (kind.Plural, key) switch
    {
        ("pods", _) when kind.Group.Length == 0 && value.Text("status", "phase") is "Succeeded" or "Failed" => 0,
        ("pods", "requests.cpu" or "cpu") => Sum(value, "requests", "cpu"),
        ("pods", "requests.memory" or "memory") => Sum(value, "requests", "memory"),
        ("pods", "requests.ephemeral-storage" or "ephemeral-storage") => Sum(value, "requests", "ephemeral-storage"),
        ("pods", "limits.cpu") => Sum(value, "limits", "cpu"),
        ("pods", "limits.memory") => Sum(value, "limits", "memory"),
        ("pods", "limits.ephemeral-storage") => Sum(value, "limits", "ephemeral-storage"),
        ("persistentvolumeclaims", "requests.storage") => Quantity.Parse(value.Text("spec", "resources", "requests", "storage")),
        ("services", "services.loadbalancers") => value.Text("spec", "type") == "LoadBalancer" ? 1 : 0,
        ("services", "services.nodeports") => value.Text("spec", "type") is "NodePort" or "LoadBalancer" ? Math.Max(1, value.Objects("spec", "ports").Count()) : 0,
        (var plural, _) when key == "count/" + kind.Resource || (kind.Group.Length == 0 && key == plural) => 1,
        _ => 0,
    };

    /// <summary>What a namespace takes under a key, one object left out.</summary>
    public static decimal In(ObjectStore store, string @namespace, string key, string? exceptUid) =>
        store.Collections.Where(c => Concerns(c, key)).SelectMany(c => c.In(@namespace)).Where(o => o.Uid != exceptUid).Sum(o => Of(o.Kind, o.Read(), key));

    /// <summary>The keys that ask every container for a request or limit of its own.</summary>
    public static bool NeedsStatement(string key) => key is "requests.cpu" or "cpu" or "requests.memory" or "memory" or "limits.cpu" or "limits.memory";

    /// <summary>The containers that do not state what a key counts.</summary>
    public static List<string> Silent(JsonNode pod, string key)
    {
        var (kind, name) = key.StartsWith("limits.", StringComparison.Ordinal) ? ("limits", key[7..]) : ("requests", key.Replace("requests.", "", StringComparison.Ordinal));
        return [.. pod.Objects("spec", "containers").Where(c => c.At("resources", kind, name) is null).Select(c => c.Text("name")!)];
    }

    private static bool Concerns(ResourceCollection collection, string key) => collection.Group.Length == 0
        ? key == collection.Plural || key == "count/" + collection.Plural || collection.Plural switch
        {
            "pods" => key.EndsWith("cpu", StringComparison.Ordinal) || key.EndsWith("memory", StringComparison.Ordinal) || key.EndsWith("ephemeral-storage", StringComparison.Ordinal),
            "persistentvolumeclaims" => key == "requests.storage",
            "services" => key.StartsWith("services.", StringComparison.Ordinal),
            _ => false,
        }
        : key == $"count/{collection.Plural}.{collection.Group}";

    private static decimal Sum(JsonNode pod, string kind, string name) => Math.Max(
        pod.Objects("spec", "containers").Sum(c => Quantity.Parse(c.Text("resources", kind, name))),
        pod.Objects("spec", "initContainers").Select(c => Quantity.Parse(c.Text("resources", kind, name))).DefaultIfEmpty().Max());
}
