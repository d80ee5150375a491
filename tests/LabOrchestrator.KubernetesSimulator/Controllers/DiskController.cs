using System.Globalization;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>CDI: fills the claim of a DataVolume, by a pod that runs in its namespace and counts against its quota.</summary>
internal sealed class DiskController(ClusterState cluster, SimulatorSettings settings, Clock clock, PodNetwork network) : IController
{
    private const string Group = "cdi.kubevirt.io";
    private const string By = "datavolume-import-controller";

    private readonly DiskCopies _copies = new(cluster, network);

    public IEnumerable<ObjectAddress> Concerned(StoreChange change)
    {
        var one = change.Object;
        if (one.Kind is { Group: Group, Plural: "datavolumes" })
        {
            return [one.Address];
        }

        if (one.Kind is { Group: "", Plural: "persistentvolumeclaims" })
        {
            // A claim of a former disk that stood in the way may be gone.
            return change.Kind == ChangeKind.Deleted ? [new(Group, "datavolumes", one.Namespace, one.Name)] : [];
        }

        return one.Kind is { Group: "", Plural: "pods" } && one.Labels.ContainsKey(CdiPods.Label) && one.Name.StartsWith(CdiPods.ImporterPrefix, StringComparison.Ordinal)
            ? [new(Group, "datavolumes", one.Namespace, one.Name[CdiPods.ImporterPrefix.Length..])]
            : [];
    }

    public TimeSpan? Reconcile(ObjectAddress at)
    {
        if (cluster.Store.Find(at) is not { IsEnding: false } disk)
        {
            _copies.End(at);
            return null;
        }

        var value = disk.Read();
        var phase = value.Text("status", "phase");
        if (phase is "Succeeded" or "Failed")
        {
            return null;
        }

        try
        {
            return Claim(disk, value) is { } claim ? Fill(disk, value, claim, phase) : null;
        }
        catch (ApiRefusal e)
        {
            // A quota or Pod Security refused the claim or the pod: tried again, and told.
            cluster.Update(at, v =>
            {
                v.Part("status")["phase"] ??= "Pending";
                cluster.Condition(v, "Running", false, "ErrExceededQuota", e.Message);
            });
            cluster.Tell(disk, "Warning", e.Message.Contains("quota", StringComparison.Ordinal) ? "ErrExceededQuota" : "FailedCreate", e.Message, By);
            return TimeSpan.FromMilliseconds(500);
        }
    }

    private StoredObject? Claim(StoredObject disk, JsonObject value)
    {
        if (cluster.Find("", "persistentvolumeclaims", disk.Namespace, disk.Name) is { } found)
        {
            if (found.OwnerUids.Contains(disk.Uid))
            {
                return found.IsEnding ? null : found;
            }

            cluster.Tell(disk, "Warning", "ErrResourceExists", $"Resource \"{disk.Name}\" already exists and is not managed by DataVolume", By);
            return null;
        }

        var stated = (value.At("spec", "storage") ?? value.At("spec", "pvc"))?.DeepClone() as JsonObject ?? [];
        if (value.At("spec", "storage") is not null && StorageProfiles.Complete(cluster, stated) is { } trouble)
        {
            cluster.Update(disk.Address, v =>
            {
                cluster.Condition(v, "Bound", false, "ErrClaimNotValid", trouble);
                cluster.Condition(v, "Ready", false, "ErrClaimNotValid", trouble);
            });
            cluster.Tell(disk, "Warning", "ErrClaimNotValid", trouble, By);
            return null;
        }

        DiskCopies.Size(cluster, disk, value, stated);
        return cluster.Create("", "persistentvolumeclaims", disk.Namespace, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = disk.Name, ["labels"] = value.At("metadata", "labels")?.DeepClone() ?? new JsonObject(), ["ownerReferences"] = ClusterState.OwnedBy(disk) },
            ["spec"] = stated,
        }, By);
    }

    private TimeSpan? Fill(StoredObject disk, JsonObject value, StoredObject claim, string? phase)
    {
        var source = value.At("spec", "source");
        if (source.At("upload") is not null)
        {
            return Upload(disk, claim, phase);
        }

        var pod = cluster.Find("", "pods", disk.Namespace, CdiPods.ImporterPrefix + disk.Name);
        if (pod is null && ClaimController.WaitsForConsumer(cluster, claim) && !IsWanted(disk, value))
        {
            Phase(disk, "WaitForFirstConsumer", "N/A");
            return TimeSpan.FromMilliseconds(50);
        }

        if (source.At("pvc") is { } original)
        {
            return Copy(disk, claim, original);
        }

        if (pod is null)
        {
            cluster.Create("", "pods", disk.Namespace, CdiPods.Importer(disk, value), By);
            Phase(disk, "ImportScheduled", "N/A");
            return null;
        }

        if (Missing(source) is { } image)
        {
            Phase(disk, "ImportInProgress", "N/A", v => cluster.Condition(v, "Running", false, "ImagePullFailed",
                $"Unable to process data: failed to pull image: reading manifest of {image}: manifest unknown"));
            cluster.Tell(disk, "Warning", "ImagePullFailed", $"failed to pull image: {image}: manifest unknown", By);
            return null;
        }

        if (pod.IsEnding || pod.Read().Text("status", "phase") != "Running")
        {
            return null;
        }

        return Import(disk, claim, pod);
    }

    /// <summary>A machine that is to run wants its disk; or its maker asked not to wait.</summary>
    private bool IsWanted(StoredObject disk, JsonObject value) =>
        value.Text("metadata", "annotations", "cdi.kubevirt.io/storage.bind.immediate.requested") is not null
        || cluster.Store.Of("kubevirt.io", "virtualmachineinstances").In(disk.Namespace).Any(i => i.Read().Objects("spec", "volumes")
            .Any(v => (v.Text("dataVolume", "name") ?? v.Text("persistentVolumeClaim", "claimName")) == disk.Name));

    private TimeSpan? Import(StoredObject disk, StoredObject claim, StoredObject pod) => Proceed(disk, "ImportInProgress") ?? Finish(disk, claim, pod);

    private TimeSpan? Copy(StoredObject disk, StoredObject claim, JsonNode source)
    {
        if (!_copies.Flows(disk, claim, source))
        {
            Phase(disk, "CloneScheduled", "N/A");
            return TimeSpan.FromMilliseconds(50);
        }

        if (Proceed(disk, "CloneInProgress") is { } next)
        {
            return next;
        }

        _copies.End(disk.Address);
        return Finish(disk, claim, null);
    }

    private TimeSpan? Proceed(StoredObject disk, string phase)
    {
        if (clock.Left(disk.Uid, "import", settings.ImportMilliseconds) is not { } left)
        {
            return null;
        }

        var done = clock.Part(disk.Uid, "import", settings.ImportMilliseconds) * 100;
        Phase(disk, phase, done.ToString("0.00", CultureInfo.InvariantCulture) + "%", v => cluster.Condition(v, "Running", true, "Pod is running"));
        var step = TimeSpan.FromMilliseconds(Math.Max(settings.ImportMilliseconds / 10, 20));
        return left < step ? left : step;
    }

    /// <summary>The pod that receives waits until <see cref="Receive"/> says that all came.</summary>
    private TimeSpan? Upload(StoredObject disk, StoredObject claim, string? phase)
    {
        if (claim.Read().At("metadata", "annotations", "simulator.local/received") is not null)
        {
            return Finish(disk, claim, null);
        }

        Phase(disk, phase is null ? "UploadScheduled" : "UploadReady", "N/A");
        return null;
    }

    /// <summary>Takes note that a disk was uploaded into a claim; what came is told by an annotation of it.</summary>
    public static void Receive(ClusterState cluster, StoredObject claim, long bytes, string hash)
    {
        cluster.Update(claim.Address, v =>
        {
            v.Metadata().Part("annotations")["simulator.local/received"] = bytes.ToString(CultureInfo.InvariantCulture);
            v.Metadata().Part("annotations")["simulator.local/sha256"] = hash;
        });
        if (cluster.Find(Group, "datavolumes", claim.Namespace, claim.Name) is { } disk)
        {
            cluster.Update(disk.Address, v => v.Metadata().Part("annotations")["simulator.local/received"] = "true");
        }
    }

    private TimeSpan? Finish(StoredObject disk, StoredObject claim, StoredObject? pod)
    {
        if (!ClaimController.Bind(cluster, claim))
        {
            Phase(disk, "Pending", "N/A");
            return TimeSpan.FromMilliseconds(500);
        }

        Phase(disk, "Succeeded", "100.0%", v =>
        {
            cluster.Condition(v, "Bound", true, "Bound", $"PVC {disk.Name} Bound");
            cluster.Condition(v, "Running", false, "Completed", "Import Complete");
            cluster.Condition(v, "Ready", true);
        });
        if (pod is not null)
        {
            cluster.Delete(pod, new DeleteOptions { GracePeriodSeconds = 0 });
        }

        return null;
    }

    private void Phase(StoredObject disk, string phase, string progress, Action<JsonObject>? also = null) => cluster.Update(disk.Address, v =>
    {
        var status = v.Part("status");
        status["phase"] = phase;
        status["progress"] = progress;
        status["claimName"] = disk.Name;
        also?.Invoke(v);
    });

    private string? Missing(JsonNode? source) =>
        (source.Text("registry", "url") ?? source.Text("http", "url")) is { } url && settings.IsMissing(url) ? url : null;
}
