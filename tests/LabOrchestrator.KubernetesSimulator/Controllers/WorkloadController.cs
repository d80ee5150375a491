using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>Deployments make ReplicaSets; ReplicaSets and StatefulSets make pods.</summary>
internal sealed class WorkloadController(ClusterState cluster) : IController
{
    private const string Group = "apps";

    public IEnumerable<ObjectAddress> Concerned(StoreChange change)
    {
        var one = change.Object;
        if (one.Kind.Group == Group && change.Kind != ChangeKind.Deleted)
        {
            yield return one.Address;
        }

        var owners = (one.Kind.Group, one.Kind.Plural) switch
        {
            ("", "pods") when one.OwnerUids.Length > 0 => (string[])["replicasets", "statefulsets"],
            (Group, "replicasets") => ["deployments"],
            _ => [],
        };
        foreach (var owner in owners.SelectMany(p => cluster.Store.Of(Group, p).In(one.Namespace)).Where(o => one.OwnerUids.Contains(o.Uid)))
        {
            yield return owner.Address;
        }
    }

    public TimeSpan? Reconcile(ObjectAddress at)
    {
        if (cluster.Store.Find(at) is not { IsEnding: false } one)
        {
            return null;
        }

        var value = one.Read();
        try
        {
            if (at.Plural == "deployments")
            {
                Deploy(one, value);
            }
            else
            {
                Replicate(one, value);
            }

            return null;
        }
        catch (ApiRefusal e)
        {
            cluster.Tell(one, "Warning", "FailedCreate", "Error creating: " + e.Message, at.Plural + "-controller");
            cluster.Update(at, v => cluster.Condition(v, "ReplicaFailure", true, "FailedCreate", e.Message));
            return TimeSpan.FromMilliseconds(500);
        }
    }

    private void Deploy(StoredObject one, JsonObject value)
    {
        var template = value.At("spec", "template")!;
        var name = $"{one.Name}-{Hash(template)}";
        var sets = cluster.Owned(Group, "replicasets", one).ToList();
        var current = sets.Find(s => s.Name == name) ?? cluster.Create(Group, "replicasets", one.Namespace, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = template.At("metadata", "labels")?.DeepClone(), ["ownerReferences"] = ClusterState.OwnedBy(one) },
            ["spec"] = new JsonObject { ["replicas"] = value.Number("spec", "replicas"), ["selector"] = value.At("spec", "selector")!.DeepClone(), ["template"] = template.DeepClone() },
        }, "deployment-controller");
        cluster.Update(current.Address, v => v.Part("spec")["replicas"] = value.Number("spec", "replicas"));
        foreach (var old in sets.Where(s => s.Name != name))
        {
            cluster.Update(old.Address, v => v.Part("spec")["replicas"] = 0);
        }

        var ready = current.Read().Number("status", "readyReplicas") ?? 0;
        cluster.Update(one.Address, v =>
        {
            var status = v.Part("status");
            status["observedGeneration"] = v.Metadata().Number("generation");
            status["replicas"] = current.Read().Number("status", "replicas") ?? 0;
            (status["readyReplicas"], status["availableReplicas"], status["updatedReplicas"]) = (ready, ready, ready);
            cluster.Condition(v, "Available", ready >= (value.Number("spec", "replicas") ?? 1), "MinimumReplicasAvailable");
        });
    }

    private void Replicate(StoredObject one, JsonObject value)
    {
        var wanted = (int)(value.Number("spec", "replicas") ?? 1);
        var pods = cluster.Owned("", "pods", one).Where(p => !p.IsEnding && p.Read().Text("status", "phase") is not ("Succeeded" or "Failed"))
            .OrderBy(p => p.Name, StringComparer.Ordinal).ToList();
        var isOrdered = one.Kind.Plural == "statefulsets";
        for (var at = 0; isOrdered ? at < wanted : at < wanted - pods.Count; at++)
        {
            var name = $"{one.Name}-{at}";
            if (isOrdered && cluster.Find("", "pods", one.Namespace, name) is not null)
            {
                continue;
            }

            Claims(one, value, at);
            cluster.Create("", "pods", one.Namespace, Pod(one, value, isOrdered ? name : null, at), one.Kind.Plural + "-controller");
        }

        pods.Skip(wanted).ToList().ForEach(p => cluster.Delete(p));
        cluster.Update(one.Address, v =>
        {
            var status = v.Part("status");
            var now = cluster.Owned("", "pods", one).Select(p => p.Read()).ToList();
            status["observedGeneration"] = v.Metadata().Number("generation");
            status["replicas"] = now.Count;
            var ready = now.Count(p => MachineVerbs.Has(p, "Ready"));
            (status["readyReplicas"], status["availableReplicas"]) = (ready, ready);
            ClusterState.DropCondition(v, "ReplicaFailure");
        });
    }

    private void Claims(StoredObject one, JsonObject value, int number)
    {
        foreach (var template in value.Objects("spec", "volumeClaimTemplates"))
        {
            var name = $"{template.Text("metadata", "name")}-{one.Name}-{number}";
            if (cluster.Find("", "persistentvolumeclaims", one.Namespace, name) is null)
            {
                cluster.Create("", "persistentvolumeclaims", one.Namespace, new JsonObject
                {
                    ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = value.At("spec", "selector", "matchLabels")?.DeepClone() },
                    ["spec"] = template["spec"]!.DeepClone(),
                }, "statefulset-controller");
            }
        }
    }

    private static JsonObject Pod(StoredObject one, JsonObject value, string? name, int number)
    {
        var pod = (JsonObject)value.At("spec", "template")!.DeepClone();
        var metadata = pod.Metadata();
        metadata["ownerReferences"] = ClusterState.OwnedBy(one);
        if (name is null)
        {
            metadata["generateName"] = one.Name + "-";
            return pod;
        }

        metadata["name"] = name;
        pod.Part("spec")["hostname"] = name;
        var volumes = pod.Part("spec")["volumes"]?.DeepClone() as JsonArray ?? [];
        foreach (var template in value.Objects("spec", "volumeClaimTemplates").Select(t => t.Text("metadata", "name")))
        {
            volumes.Add((JsonNode)new JsonObject { ["name"] = template, ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = $"{template}-{one.Name}-{number}" } });
        }

        pod.Part("spec")["volumes"] = volumes;
        return pod;
    }

    private static string Hash(JsonNode template) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(ObjectJson.Bytes(template)))[..10];
}
