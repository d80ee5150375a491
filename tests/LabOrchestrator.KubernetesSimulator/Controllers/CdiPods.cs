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

    /// <summary>A pod with the port that it listens at, if any.</summary>
    public static JsonObject Of(string purpose, string name, StoredObject? owner, int? port = null)
    {
        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { [Label] = purpose } },
            ["spec"] = new JsonObject
            {
                ["restartPolicy"] = "OnFailure",
                ["securityContext"] = new JsonObject { ["runAsUser"] = 107, ["runAsNonRoot"] = true },
                ["containers"] = new JsonArray(new JsonObject
                {
                    ["name"] = purpose,
                    ["image"] = $"registry.k8s.io/kubevirt/cdi-{purpose.Replace("cdi-", "", StringComparison.Ordinal)}:v1.66.0",
                    ["securityContext"] = new JsonObject
                    {
                        ["allowPrivilegeEscalation"] = false,
                        ["capabilities"] = new JsonObject { ["drop"] = ObjectJson.List(["ALL"]) },
                        ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
                    },
                }),
            },
        };
        if (owner is not null)
        {
            pod["metadata"]!["ownerReferences"] = ClusterState.OwnedBy(owner);
        }

        if (port is not null)
        {
            pod["spec"]!["containers"]![0]!["ports"] = new JsonArray(new JsonObject { ["containerPort"] = port });
        }

        return pod;
    }

    private static JsonObject Importer(StoredObject disk)
    {
        var pod = Of("importer", ImporterPrefix + disk.Name, disk);
        pod["metadata"]!["labels"]!["cdi.kubevirt.io/storage.import.importPvcName"] = disk.Name;
        return pod;
    }
}
