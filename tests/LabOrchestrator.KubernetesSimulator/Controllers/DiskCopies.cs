using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>
/// How CDI clones a disk on storage without a CSI driver, which no class here has: a pod beside the source sends it to one beside the new
/// claim, over the network between pods and what policies let through.
/// </summary>
internal sealed class DiskCopies(ClusterState cluster, PodNetwork network)
{
    private const string By = "clone-controller";
    private const string ReceiverPrefix = "cdi-upload-";
    private const string SenderSuffix = "-source-pod";
    private const int Port = 8443;
    private readonly ConcurrentDictionary<ObjectAddress, ObjectAddress> _senders = new();

    /// <summary>A copy without a size has its source's.</summary>
    public static void Size(ClusterState cluster, StoredObject disk, JsonObject value, JsonObject spec)
    {
        if (value.At("spec", "source", "pvc") is { } source && spec["resources"] is null
            && cluster.Find("", "persistentvolumeclaims", source.Text("namespace") ?? disk.Namespace, source.Text("name") ?? "") is { } original)
        {
            spec["resources"] = original.Read().At("spec", "resources")?.DeepClone();
        }
    }

    /// <summary>Whether the disk's source reaches its new claim now; makes what is missing for that.</summary>
    public bool Flows(StoredObject disk, StoredObject claim, JsonNode source)
    {
        var (from, name) = (source.Text("namespace") ?? disk.Namespace, source.Text("name") ?? "");
        if (cluster.Find("", "persistentvolumeclaims", from, name) is null)
        {
            cluster.Tell(disk, "Warning", "CloneWithoutSource", $"The source pvc {name} doesn't exist", By);
            return false;
        }

        var receiver = cluster.Find("", "pods", disk.Namespace, ReceiverPrefix + disk.Name)
            ?? cluster.Create("", "pods", disk.Namespace, CdiPods.Of("cdi-upload-server", ReceiverPrefix + disk.Name, claim, Port), By);
        if (AddressOf(receiver) is not { } address)
        {
            return false;
        }

        if (cluster.Find("", "pods", from, claim.Uid + SenderSuffix) is not { } sender)
        {
            sender = cluster.Create("", "pods", from, CdiPods.Of("cdi-clone-source", claim.Uid + SenderSuffix, null, Port), By);
            _senders[disk.Address] = sender.Address;
        }

        return AddressOf(sender) is not null && network.Reaches(sender, address, Port);
    }

    /// <summary>Removes the pods of a copy that is done, or whose disk is gone.</summary>
    public void End(ObjectAddress disk)
    {
        if (_senders.TryRemove(disk, out var sender))
        {
            foreach (var pod in (StoredObject?[])[cluster.Store.Find(sender), cluster.Find("", "pods", disk.Namespace, ReceiverPrefix + disk.Name)])
            {
                if (pod is not null)
                {
                    cluster.Delete(pod, new() { GracePeriodSeconds = 0 });
                }
            }
        }
    }

    private static string? AddressOf(StoredObject pod) =>
        !pod.IsEnding && pod.Read() is var value && value.Text("status", "phase") == "Running" ? value.Text("status", "podIP") : null;
}
