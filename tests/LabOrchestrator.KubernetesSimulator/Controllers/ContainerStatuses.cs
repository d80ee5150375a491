using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>What a pod's status says of its containers.</summary>
internal static class ContainerStatuses
{
    public static void Set(JsonObject pod, Func<JsonObject, JsonObject> state, bool ready)
    {
        pod.Part("status")["containerStatuses"] = new JsonArray([.. pod.Objects("spec", "containers").Select(c => (JsonNode)new JsonObject
        {
            ["name"] = c.Text("name"), ["image"] = c.Text("image"), ["imageID"] = ready ? Digest(c.Text("image") ?? "") : "", ["containerID"] = ready ? "containerd://" + Guid.NewGuid().ToString("N") : null,
            ["ready"] = ready, ["started"] = ready, ["restartCount"] = 0, ["state"] = state(c), ["lastState"] = new JsonObject(),
        })]);
        foreach (var status in pod.Objects("status", "containerStatuses").Where(s => s["containerID"] is null))
        {
            status.Remove("containerID");
        }
    }

    /// <summary>The image as the container engine resolved it: another name, another content.</summary>
    private static string Digest(string image)
    {
        if (image.Contains('@', StringComparison.Ordinal))
        {
            return image;
        }

        var colon = image.LastIndexOf(':');
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(image)));
        return $"{(colon > image.LastIndexOf('/') ? image[..colon] : image)}@sha256:{hash}";
    }
}
