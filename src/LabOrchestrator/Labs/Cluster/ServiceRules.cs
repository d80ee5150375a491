using System.Text.Json.Nodes;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>What services of authors may not ask for: a way in from outside the instance, or a name for something outside.</summary>
internal static class ServiceRules
{
    private static readonly string[] NeverSet =
    [
        "externalIPs", "externalName", "externalTrafficPolicy", "loadBalancerIP", "loadBalancerClass", "loadBalancerSourceRanges",
        "allocateLoadBalancerNodePorts", "healthCheckNodePort",
    ];

    /// <summary>Paths of what a service asks for and may not.</summary>
    public static IEnumerable<string> Violations(JsonObject service)
    {
        if (service["spec"] is not JsonObject spec)
        {
            yield break;
        }

        if (spec["type"] is JsonValue type && !(type.TryGetValue<string>(out var text) && text == "ClusterIP"))
        {
            yield return "spec.type";
        }

        foreach (var key in NeverSet.Where(k => spec[k] is not null))
        {
            yield return $"spec.{key}";
        }

        foreach (var (port, index) in (spec["ports"] as JsonArray ?? []).Select((p, i) => (p as JsonObject, i)))
        {
            if (port?["nodePort"] is not null)
            {
                yield return $"spec.ports[{index}].nodePort";
            }
        }
    }
}
