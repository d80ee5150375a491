using System.Text.Json.Nodes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>The storage that a DataVolume asks for.</summary>
internal static class DiskStorage
{
    /// <param name="bytes">Its size; null where it is cloned, and as large as its source.</param>
    /// <param name="options">Settings.</param>
    public static JsonObject Of(long? bytes, KubernetesRuntimeOptions options)
    {
        var storage = new JsonObject
        {
            // CDI knows these of some provisioners only, and refuses the others' disks: kind's and k3s' rancher.io/local-path is one. The
            // volume mode it chooses to fit: the provisioner's where it knows it, else a file system.
            ["accessModes"] = new JsonArray("ReadWriteOnce"),
        };
        if (bytes is { } size)
        {
            storage["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = Quantities.Bytes(size) } };
        }

        if (options.StorageClass is { } storageClass)
        {
            storage["storageClassName"] = storageClass;
        }

        return storage;
    }
}
