using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>The storage of a cluster: binds claims, and keeps one that is in use.</summary>
internal sealed class ClaimController(ClusterState cluster) : IController
{
    public const string Finalizer = "kubernetes.io/pvc-protection";
    private const string By = "persistentvolume-controller";

    public IEnumerable<ObjectAddress> Concerned(StoreChange change) =>
        change.Kind != ChangeKind.Deleted && change.Object.Kind is { Group: "", Plural: "persistentvolumeclaims" } ? [change.Object.Address] : [];

    public TimeSpan? Reconcile(ObjectAddress at)
    {
        if (cluster.Store.Find(at) is not { } one)
        {
            return null;
        }

        if (one.IsEnding)
        {
            if (IsUsed(one))
            {
                return TimeSpan.FromMilliseconds(50);
            }

            cluster.Release(at, Finalizer);
            return null;
        }

        var claim = one.Read();
        if (claim.Text("status", "phase") != "Pending" || claim.Objects("metadata", "ownerReferences").Any(o => o.Text("kind") == "DataVolume"))
        {
            return null;
        }

        return Bind(cluster, one) ? null : TimeSpan.FromMilliseconds(500);
    }

    /// <summary>Gives a claim its volume; false: its class is not there.</summary>
    public static bool Bind(ClusterState cluster, StoredObject one)
    {
        var claim = one.Read();
        var name = claim.Text("spec", "storageClassName") ?? DefaultClass(cluster);
        if (name is null || cluster.Find("storage.k8s.io", "storageclasses", "", name) is null)
        {
            cluster.Tell(one, name is null ? "Normal" : "Warning", name is null ? "FailedBinding" : "ProvisioningFailed", name is null
                ? "no persistent volumes available for this claim and no storage class is set"
                : $"storageclass.storage.k8s.io \"{name}\" not found", By);
            return false;
        }

        cluster.Update(one.Address, value =>
        {
            value.Part("spec")["storageClassName"] = name;
            value.Part("spec")["volumeName"] = "pvc-" + one.Uid;
            var status = value.Part("status");
            status["phase"] = "Bound";
            status["accessModes"] = value.At("spec", "accessModes")?.DeepClone();
            status["capacity"] = new JsonObject { ["storage"] = value.Text("spec", "resources", "requests", "storage") };
        });
        return true;
    }

    /// <summary>Its class binds when somebody uses it.</summary>
    public static bool WaitsForConsumer(ClusterState cluster, StoredObject claim) =>
        (claim.Read().Text("spec", "storageClassName") ?? DefaultClass(cluster)) is { } name
        && cluster.Find("storage.k8s.io", "storageclasses", "", name)?.Read().Text("volumeBindingMode") == "WaitForFirstConsumer";

    /// <summary>The class of claims that name none.</summary>
    public static string? DefaultClass(ClusterState cluster) => cluster.Store.Of("storage.k8s.io", "storageclasses").In(null)
        .FirstOrDefault(c => c.Read().Text("metadata", "annotations", "storageclass.kubernetes.io/is-default-class") == "true")?.Name;

    private bool IsUsed(StoredObject claim) => cluster.Store.Of("", "pods").In(claim.Namespace).Select(p => p.Read())
        .Any(p => p.Text("status", "phase") is not ("Succeeded" or "Failed") && p.Objects("spec", "volumes").Any(v => v.Text("persistentVolumeClaim", "claimName") == claim.Name));
}
