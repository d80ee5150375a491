using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>What a pod's status says of its containers.</summary>
internal static class ContainerStatuses
{
    public static void Set(JsonObject pod, Func<JsonObject, JsonObject> state, bool ready, string? loadedImageId = null)
    {
        pod.Part("status")["containerStatuses"] = new JsonArray([.. pod.Objects("spec", "containers").Select(c => (JsonNode)new JsonObject
        {
            ["name"] = c.Text("name"), ["image"] = c.Text("image"), ["imageID"] = ready ? ImageId(c.Text("image") ?? "", loadedImageId) : "", ["containerID"] = ready ? "containerd://" + Guid.NewGuid().ToString("N") : null,
            ["ready"] = ready, ["started"] = ready, ["restartCount"] = 0, ["state"] = state(c), ["lastState"] = new JsonObject(),
        })]);
        foreach (var status in pod.Objects("status", "containerStatuses").Where(s => s["containerID"] is null))
        {
            status.Remove("containerID");
        }
    }

    /// <summary>The image as the container engine resolved it: another name, another content.</summary>
    private static string ImageId(string image, string? loaded)
    {
        var digest = "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(image)));
        if (loaded is not null)
        {
            return loaded.Replace("{digest}", digest, StringComparison.Ordinal);
        }

        if (image.Contains('@', StringComparison.Ordinal))
        {
            return InFull(image);
        }

        var colon = image.LastIndexOf(':');
        return InFull($"{(colon > image.LastIndexOf('/') ? image[..colon] : image)}@{digest}");
    }

    /// <summary>Nodes say where an image is from, also when they were not told.</summary>
    private static string InFull(string image)
    {
        var first = image.Split('/')[0];
        return !image.Contains('/', StringComparison.Ordinal) ? "docker.io/library/" + image
            : first == "localhost" || first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal) ? image
            : "docker.io/" + image;
    }
}
