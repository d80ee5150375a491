using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>How controllers read and write.</summary>
internal sealed class ClusterState(ObjectWriter writer, Deletion deletion, Clock clock)
{
    public ObjectStore Store => writer.Store;

    public KindRegistry Kinds => writer.Kinds;

    public StoredObject? Find(string group, string plural, string @namespace, string name) => Store.Of(group, plural).Find(@namespace, name);

    /// <summary>The object as it is now, unless another of its name came in its place.</summary>
    public StoredObject? Still(StoredObject one) => Store.Find(one.Address) is { } now && now.Uid == one.Uid ? now : null;

    /// <summary>Objects of a namespace that an object owns as their controller.</summary>
    public IEnumerable<StoredObject> Owned(string group, string plural, StoredObject owner) =>
        Store.Of(group, plural).In(owner.Namespace).Where(o => o.OwnerUids.Contains(owner.Uid));

    public StoredObject Create(string group, string plural, string @namespace, JsonObject value, string by) =>
        writer.Create(Kinds.Find(group, plural)!, @namespace, value, WriteOptions.Of(by));

    /// <summary>Changes an object; a change that changes nothing is not written. Null when it is gone.</summary>
    public StoredObject? Update(ObjectAddress at, Action<JsonObject> change)
    {
        while (Store.Find(at) is { } before)
        {
            var live = before.Read();
            var changed = (JsonObject)live.DeepClone();
            change(changed);
            if (JsonNode.DeepEquals(live, changed))
            {
                return before;
            }

            var stored = Deletion.IsFinished(before.Kind, changed) ? Store.Replace(before, changed) is { } last ? Store.Remove(last) : null : Store.Replace(before, changed);
            if (stored is not null)
            {
                return stored;
            }
        }

        return null;
    }

    public void Delete(StoredObject one, DeleteOptions? options = null)
    {
        try
        {
            deletion.Delete(one.Kind, one.Namespace, one.Name, (options ?? new DeleteOptions()) with { Uid = one.Uid });
        }
        catch (ApiRefusal e) when (e.Code is 404 or 409)
        {
            // It went by itself, or another came in its place.
        }
    }

    /// <summary>Takes a finalizer away; the last one lets the object go.</summary>
    public void Release(ObjectAddress at, string finalizer) => Update(at, value =>
        value.Metadata()["finalizers"] = ObjectJson.List(value.Metadata().Texts("finalizers").Where(f => f != finalizer)));

    /// <summary>Writes an event about an object, once per reason and object.</summary>
    public void Tell(StoredObject about, string type, string reason, string message, string by)
    {
        var name = $"{about.Name}.{about.Uid[..8]}{reason.ToLowerInvariant()}";
        if (about.Namespace.Length == 0 || Find("", "namespaces", "", about.Namespace) is null or { IsEnding: true })
        {
            return;
        }

        if (Find("", "events", about.Namespace, name) is { } told)
        {
            Update(told.Address, e =>
            {
                if (e.Text("message") != message)
                {
                    e["message"] = message;
                    e["count"] = (e.Number("count") ?? 1) + 1;
                    e["lastTimestamp"] = clock.Text;
                }
            });
            return;
        }

        Create("", "events", about.Namespace, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = about.Namespace },
            ["involvedObject"] = new JsonObject
            {
                ["kind"] = about.Kind.Kind,
                ["apiVersion"] = about.Kind.ApiVersion,
                ["name"] = about.Name,
                ["namespace"] = about.Namespace,
                ["uid"] = about.Uid,
            },
            ["type"] = type,
            ["reason"] = reason,
            ["message"] = message,
            ["count"] = 1,
            ["source"] = new JsonObject { ["component"] = by },
            ["firstTimestamp"] = clock.Text,
            ["lastTimestamp"] = clock.Text,
            ["reportingComponent"] = by,
        }, by);
    }

    /// <summary>Sets a condition in an object's status; the time of its transition only when it changed.</summary>
    public void Condition(JsonObject value, string type, bool status, string? reason = null, string? message = null)
    {
        var conditions = value.Part("status")["conditions"] as JsonArray ?? [];
        var old = conditions.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == type);
        var word = status ? "True" : "False";
        if (old.Text("status") == word && old.Text("reason") == reason && old.Text("message") == message)
        {
            return;
        }

        var condition = new JsonObject { ["type"] = type, ["status"] = word, ["lastTransitionTime"] = old.Text("status") == word ? old.Text("lastTransitionTime") : clock.Text };
        if (reason is not null)
        {
            condition["reason"] = reason;
        }

        if (message is not null)
        {
            condition["message"] = message;
        }

        conditions.Remove(old);
        conditions.Add((JsonNode)condition);
        value.Part("status")["conditions"] = conditions.DeepClone();
    }

    public static void DropCondition(JsonObject value, string type)
    {
        if (value.At("status", "conditions") is JsonArray conditions)
        {
            conditions.Remove(conditions.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == type));
        }
    }

    public static JsonArray OwnedBy(StoredObject owner) => [new JsonObject
    {
        ["apiVersion"] = owner.Kind.ApiVersion, ["kind"] = owner.Kind.Kind, ["name"] = owner.Name, ["uid"] = owner.Uid, ["controller"] = true, ["blockOwnerDeletion"] = true,
    }];
}
