using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Admission;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>Counts what a namespace takes of its quotas, and counts again when something came or went.</summary>
internal sealed class QuotaController(ClusterState cluster) : IController
{
    public IEnumerable<ObjectAddress> Concerned(StoreChange change)
    {
        var one = change.Object;
        if (one.Kind is { Group: "", Plural: "resourcequotas" })
        {
            return change.Kind == ChangeKind.Deleted ? [] : [one.Address];
        }

        // What changes in its place takes as much as before, as far as a quota of ours counts it.
        return one.Namespace.Length == 0 || change.Kind is not (ChangeKind.Added or ChangeKind.Deleted) || one.Kind.Plural == "events"
            ? []
            : cluster.Store.Of("", "resourcequotas").In(one.Namespace).Select(q => q.Address);
    }

    public TimeSpan? Reconcile(ObjectAddress at)
    {
        if (cluster.Store.Find(at) is not { IsEnding: false } quota
            || quota.Read().At("spec", "hard") is not JsonObject hard
            || cluster.Find("", "namespaces", "", quota.Namespace) is null or { IsEnding: true })
        {
            return null;
        }

        var used = new JsonObject(hard.Select(h => KeyValuePair.Create<string, JsonNode?>(
            h.Key, Quantity.Show(Usage.In(cluster.Store, quota.Namespace, h.Key, null)))));
        cluster.Update(at, value => value["status"] = new JsonObject { ["hard"] = hard.DeepClone(), ["used"] = used.DeepClone() });
        return null;
    }
}
