using System.Text.Json.Nodes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>Pods of our own image, which need no right at all.</summary>
internal static class ConfinedPod
{
    // Anybody but root; the image's own account for the helper's programs.
    private const int User = 65534;

    /// <summary>What such a pod may do, with these containers.</summary>
    public static JsonObject Spec(string restartPolicy, params JsonNode[] containers) => new()
    {
        ["automountServiceAccountToken"] = false,
        ["enableServiceLinks"] = false,
        ["restartPolicy"] = restartPolicy,
        ["terminationGracePeriodSeconds"] = 1,
        ["securityContext"] = new JsonObject
        {
            ["runAsNonRoot"] = true,
            ["runAsUser"] = User,
            ["runAsGroup"] = User,
            ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
        },
        ["containers"] = new JsonArray(containers),
    };

    /// <summary>One of its containers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="image">Its image.</param>
    /// <param name="memoryBytes">Memory that it asks for, and the most that it may use.</param>
    /// <param name="command">Program and arguments.</param>
    /// <param name="ports">The ports that it listens on: name, number and protocol.</param>
    public static JsonObject Container(
        string name, string image, (long Asked, long Most) memoryBytes, IEnumerable<string> command, params (string Name, int Port, string Protocol)[] ports)
    {
        var container = new JsonObject
        {
            ["name"] = name,
            ["image"] = image,
            ["command"] = new JsonArray([.. command.Select(c => JsonValue.Create(c))]),
        };
        if (ports.Length > 0)
        {
            container["ports"] = new JsonArray(
                [.. ports.Select(p => new JsonObject { ["name"] = p.Name, ["containerPort"] = p.Port, ["protocol"] = p.Protocol })]);
        }

        container["resources"] = new JsonObject
        {
            ["requests"] = new JsonObject { ["cpu"] = "10m", ["memory"] = Quantities.Bytes(memoryBytes.Asked) },
            ["limits"] = new JsonObject { ["memory"] = Quantities.Bytes(memoryBytes.Most) },
        };
        container["securityContext"] = new JsonObject
        {
            ["allowPrivilegeEscalation"] = false,
            ["readOnlyRootFilesystem"] = true,
            ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
        };
        return container;
    }
}
