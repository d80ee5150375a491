using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>The pods in which CDI does its work.</summary>
internal static class CdiPods
{
    /// <summary>Label that says what such a pod is for.</summary>
    public const string Label = "cdi.kubevirt.io";

    /// <summary>What stands before the disk's name in that of its importer.</summary>
    public const string ImporterPrefix = "importer-prime-";

    /// <summary>With the image that the node is to pull as a container beside the importer, which reads the disk from it.</summary>
    public static JsonObject Importer(StoredObject disk, JsonObject value)
    {
        var pod = Importer(disk);
        if (value.Text("spec", "source", "registry", "pullMethod") == "node" && value.Text("spec", "source", "registry", "url") is { } url)
        {
            var server = (JsonObject)pod["spec"]!["containers"]![0]!.DeepClone();
            (server["name"], server["image"]) = ("server", url.Replace("docker://", "", StringComparison.Ordinal));
            pod["spec"]!["containers"]!.AsArray().Add((JsonNode)server);
        }

        return pod;
    }

    private static JsonObject Importer(StoredObject disk) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = ImporterPrefix + disk.Name,
            ["labels"] = new JsonObject { [Label] = "importer", ["cdi.kubevirt.io/storage.import.importPvcName"] = disk.Name },
            ["ownerReferences"] = ClusterState.OwnedBy(disk),
        },
        ["spec"] = new JsonObject
        {
            ["restartPolicy"] = "OnFailure",
            ["securityContext"] = new JsonObject { ["runAsUser"] = 107, ["runAsNonRoot"] = true },
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = "importer",
                ["image"] = "registry.k8s.io/kubevirt/cdi-importer:v1.66.0",
                ["securityContext"] = new JsonObject
                {
                    ["allowPrivilegeEscalation"] = false,
                    ["capabilities"] = new JsonObject { ["drop"] = ObjectJson.List(["ALL"]) },
                    ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
                },
            }),
        },
    };
}
