using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>Gives namespaces what each has, and empties those that end.</summary>
internal sealed class NamespaceController(ClusterState cluster) : IController
{
    private const string Name = "namespace-controller";

    public IEnumerable<ObjectAddress> Concerned(StoreChange change)
    {
        if (change.Object.Kind is { Group: "", Plural: "namespaces" })
        {
            return [change.Object.Address];
        }

        return change.Object.Namespace.Length > 0 && cluster.Find("", "namespaces", "", change.Object.Namespace) is { IsEnding: true } ending ? [ending.Address] : [];
    }

    public TimeSpan? Reconcile(ObjectAddress at)
    {
        if (cluster.Store.Find(at) is not { } one)
        {
            return null;
        }

        if (!one.IsEnding)
        {
            Furnish(one.Name);
            return null;
        }

        var left = cluster.Store.Collections.Select(c => (Collection: c, Objects: c.In(one.Name).ToList())).Where(c => c.Objects.Count > 0).ToList();
        foreach (var content in left.SelectMany(l => l.Objects).Where(o => !o.IsEnding).ToList())
        {
            cluster.Delete(content);
        }

        left = [.. left.Select(l => (l.Collection, l.Collection.In(one.Name).ToList())).Where(l => l.Item2.Count > 0)];
        if (left.Count == 0)
        {
            cluster.Update(at, value => value.Part("spec")["finalizers"] = new JsonArray());
            return null;
        }

        cluster.Update(at, value => Report(value, left));
        return null;
    }

    private void Furnish(string @namespace)
    {
        Create("serviceaccounts", new JsonObject { ["metadata"] = new JsonObject { ["name"] = "default" } });
        Create("configmaps", new JsonObject { ["metadata"] = new JsonObject { ["name"] = "kube-root-ca.crt" }, ["data"] = new JsonObject { ["ca.crt"] = "" } });

        void Create(string plural, JsonObject value)
        {
            try
            {
                if (cluster.Find("", plural, @namespace, value.Metadata().Text("name")!) is null)
                {
                    cluster.Create("", plural, @namespace, value, Name);
                }
            }
            catch (ApiRefusal e) when (e.Code is 409 or 403 or 404)
            {
                // Somebody else was faster, or the namespace is on its way out again.
            }
        }
    }

    /// <summary>The conditions in the words of the real controller.</summary>
    private void Report(JsonObject value, List<(ResourceCollection Collection, List<StoredObject> Objects)> left)
    {
        cluster.Condition(value, "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered");
        cluster.Condition(value, "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed");
        cluster.Condition(value, "NamespaceDeletionContentFailure", false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization");
        var resources = left.Select(l => $"{l.Collection.Plural}.{l.Collection.Group} has {l.Objects.Count} resource instances").Order(StringComparer.Ordinal);
        cluster.Condition(value, "NamespaceContentRemaining", true, "SomeResourcesRemain", "Some resources are remaining: " + string.Join(", ", resources));
        var finalizers = left.SelectMany(l => l.Objects).SelectMany(o => o.Read().Metadata().Texts("finalizers"))
            .GroupBy(f => f).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key} in {g.Count()} resource instances").ToList();
        if (finalizers.Count > 0)
        {
            cluster.Condition(value, "NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: " + string.Join(", ", finalizers));
        }
        else
        {
            cluster.Condition(value, "NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished");
        }
    }
}
