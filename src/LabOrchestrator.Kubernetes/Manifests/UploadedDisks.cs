using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>The disks of uploaded images: a DataVolume each, in a namespace of their own, from which machines' disks are cloned.</summary>
internal static class UploadedDisks
{
    private const int LongestName = 50;
    private const int HashBytes = 4;
    private const long MiB = 1 << 20;

    /// <summary>Role of such disks.</summary>
    public const string ImageRole = "image";

    /// <summary>Name of an image's disk, by its reference.</summary>
    public static string NameOf(string reference)
    {
        var plain = string.Concat(reference[ImageUpload.ReferencePrefix.Length..].Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-'));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(reference)).AsSpan(0, HashBytes));
        return $"{plain[..Math.Min(plain.Length, LongestName)].Trim('-')}-{hash}";
    }

    /// <summary>What a machine's disk of an uploaded image is cloned from; null where the image was not uploaded.</summary>
    public static JsonObject? SourceOf(Image image, KubernetesRuntimeOptions options) => ImageUpload.IsReference(image.Reference)
        ? new JsonObject { ["pvc"] = new JsonObject { ["namespace"] = options.ImagesNamespace, ["name"] = NameOf(image.Reference) } }
        : null;

    /// <summary>The namespace.</summary>
    public static JsonObject Namespace(Installation installation, KubernetesRuntimeOptions options) =>
        Manifest.Of(Kinds.Namespace, null, options.ImagesNamespace, new Dictionary<string, string>
        {
            [ClusterLabels.Installation] = installation.Id,
            ["pod-security.kubernetes.io/enforce"] = "baseline",
        });

    /// <summary>A disk that waits to be sent.</summary>
    public static JsonObject Volume(DiskImage disk, Installation installation, KubernetesRuntimeOptions options)
    {
        var manifest = Manifest.Of(Kinds.DataVolume, options.ImagesNamespace, NameOf(disk.Reference), new Dictionary<string, string>
        {
            [ClusterLabels.Installation] = installation.Id,
            [ClusterLabels.Role] = ImageRole,
        });

        // Else storage that waits for its first consumer would wait for ever.
        manifest["metadata"]!["annotations"] = new JsonObject
        {
            ["cdi.kubevirt.io/storage.bind.immediate.requested"] = "true",
            [ClusterLabels.DiskImage] = disk.Reference,
        };
        manifest["spec"] = new JsonObject
        {
            ["source"] = new JsonObject { ["upload"] = new JsonObject() },
            ["storage"] = DiskStorage.Of((disk.DiskBytes + MiB - 1) / MiB * MiB, options),
        };
        return manifest;
    }

    /// <summary>Asks for the leave to send it.</summary>
    public static JsonObject TokenRequest(string name, KubernetesRuntimeOptions options)
    {
        var manifest = Manifest.Of(Kinds.UploadTokenRequest, options.ImagesNamespace, name);
        manifest["spec"] = new JsonObject { ["pvcName"] = name };
        return manifest;
    }
}
