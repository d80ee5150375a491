using System.Text.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>What Multus does when a pod's network is made: it looks for the definitions that the pod names, and says what came of them.</summary>
internal static class Attachments
{
    /// <summary>Annotation: what a pod wants.</summary>
    public const string Wanted = "k8s.v1.cni.cncf.io/networks";

    private const string Status = "k8s.v1.cni.cncf.io/network-status";
    private const string Group = "k8s.cni.cncf.io";
    private const string Plural = "network-attachment-definitions";

    /// <summary>What KubeVirt writes on the launcher of a machine with networks of Multus; null where it has none.</summary>
    public static string? OfMachine(JsonObject spec)
    {
        var macs = spec.Objects("domain", "devices", "interfaces").ToDictionary(i => i.Text("name") ?? "", i => i.Text("macAddress"));
        var wanted = spec.Objects("networks").Where(n => n.Text("multus", "networkName") is not null).Select((n, at) =>
        {
            var one = new JsonObject { ["name"] = n.Text("multus", "networkName"), ["interface"] = $"pod{at:x11}" };
            if (macs.GetValueOrDefault(n.Text("name") ?? "") is { } mac)
            {
                one["mac"] = mac;
            }

            return (JsonNode)one;
        }).ToArray();
        return wanted.Length == 0 ? null : new JsonArray(wanted).ToJsonString();
    }

    /// <summary>Why a pod's network cannot be made, in Multus' words; null when it can. Without Multus nobody reads the annotation.</summary>
    public static string? WhyNot(ClusterState cluster, StoredObject pod, JsonObject value)
    {
        if (cluster.Kinds.Find(Group, Plural) is null)
        {
            return null;
        }

        foreach (var one in Read(value))
        {
            var (name, @namespace) = (one.Text("name") ?? "", one.Text("namespace") ?? pod.Namespace);
            if (cluster.Find(Group, Plural, @namespace, name) is not { } definition)
            {
                return $"cannot find a network-attachment-definition ({name}) in namespace ({@namespace}): {Plural}.{Group} \"{name}\" not found";
            }

            if (WhyNot(definition.Read().Text("spec", "config"), one) is { } reason)
            {
                return reason;
            }
        }

        return null;
    }

    /// <summary>Writes what came of them.</summary>
    public static void Tell(ClusterState cluster, StoredObject pod, JsonObject value, string address)
    {
        if (cluster.Kinds.Find(Group, Plural) is null || value.At("metadata", "annotations", Wanted) is null)
        {
            return;
        }

        var seen = new JsonArray((JsonNode)new JsonObject
        {
            ["name"] = "cluster-network",
            ["interface"] = "eth0",
            ["ips"] = ObjectJson.List([address]),
            ["default"] = true,
            ["dns"] = new JsonObject(),
        });
        foreach (var one in Read(value))
        {
            var @namespace = one.Text("namespace") ?? pod.Namespace;
            var config = JsonNode.Parse(cluster.Find(Group, Plural, @namespace, one.Text("name")!)!.Read().Text("spec", "config")!);
            var given = one.Texts("ips").Concat(config.Objects("ipam", "addresses").Select(a => a.Text("address")).OfType<string>());
            seen.Add((JsonNode)new JsonObject
            {
                ["name"] = $"{@namespace}/{one.Text("name")}",
                ["interface"] = one.Text("interface"),
                ["ips"] = ObjectJson.List(given.Select(i => i.Split('/')[0])),
                ["mac"] = one.Text("mac"),
                ["dns"] = new JsonObject(),
            });
        }

        value.Metadata().Part("annotations")[Status] = seen.ToJsonString();
    }

    // The static allocator gives what it is told; a bridge whose allocator gives nothing is an error.
    private static string? WhyNot(string? config, JsonObject wanted)
    {
        JsonNode? read;
        try
        {
            read = JsonNode.Parse(config ?? "");
        }
        catch (JsonException e)
        {
            return $"error parsing configuration: {e.Message}";
        }

        var hears = read.Flag("capabilities", "ips") == true;
        return read.Text("type") is null ? "error parsing configuration: missing 'type'"
            : read.Text("bridge") is { Length: > 15 } ? $"failed to create bridge \"{read.Text("bridge")}\": numerical result out of range"
            : read.Text("ipam", "type") == "static" && !read.Objects("ipam", "addresses").Any() && !(hears && wanted.Texts("ips").Any())
                ? "IPAM plugin returned missing IP config"
            : null;
    }

    private static IEnumerable<JsonObject> Read(JsonObject pod) =>
        pod.At("metadata", "annotations", Wanted)?.Text() is { } text && JsonNode.Parse(text) is JsonArray list ? list.OfType<JsonObject>() : [];
}
