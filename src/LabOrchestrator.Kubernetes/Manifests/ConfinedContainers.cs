using System.Text.Json.Nodes;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>What containers get that an author describes without a word of what they may do: an engine's own answer is more than machines have.</summary>
internal static class ConfinedContainers
{
    private static readonly string[] Lists = ["containers", "initContainers"];

    /// <summary>Confines those that a patch adds as machines without privileges are.</summary>
    /// <param name="spec">The patched pod's specification.</param>
    /// <param name="original">The same before the patch.</param>
    public static void ConfineAdded(JsonObject spec, JsonObject original)
    {
        foreach (var container in Lists.SelectMany(l => In(spec, l).Where(c => In(original, l).All(o => !JsonNode.DeepEquals(o["name"], c["name"])))))
        {
            var context = Within(container, "securityContext");
            context["allowPrivilegeEscalation"] ??= false;
            Within(context, "capabilities")["drop"] ??= new JsonArray("ALL");
        }
    }

    /// <summary>Confines pods that an author adds: the engine's profile, and none of the capabilities that machines need a privilege for.</summary>
    public static void ConfineAuthors(JsonObject spec)
    {
        Within(spec, "securityContext")["seccompProfile"] ??= new JsonObject { ["type"] = "RuntimeDefault" };
        foreach (var container in Lists.SelectMany(l => In(spec, l)))
        {
            var capabilities = Within(Within(container, "securityContext"), "capabilities");
            var dropped = (capabilities["drop"] as JsonArray ?? []).Select(c => c?.ToString()).ToList();
            if (!dropped.Contains("ALL"))
            {
                capabilities["drop"] = new JsonArray([.. dropped.Union(MachineCapabilities.Withheld).Select(c => JsonValue.Create(c))]);
            }
        }
    }

    private static IEnumerable<JsonObject> In(JsonObject spec, string list) => (spec[list] as JsonArray ?? []).OfType<JsonObject>();

    private static JsonObject Within(JsonObject json, string key)
    {
        if (json[key] is not JsonObject inner)
        {
            json[key] = inner = [];
        }

        return inner;
    }
}
