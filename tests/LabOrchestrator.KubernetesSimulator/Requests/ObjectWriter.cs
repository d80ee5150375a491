using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Admission;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Patches;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Creating and changing of objects, with all that the API server does on the way to its store.</summary>
internal sealed class ObjectWriter(ObjectStore store, KindRegistry kinds, AdmissionChain admission, TimeProvider time)
{
    public ObjectStore Store => store;

    public KindRegistry Kinds => kinds;

    private string Now => ObjectJson.Time(time.GetUtcNow());

    public StoredObject Create(ResourceKind kind, string? @namespace, JsonObject value, WriteOptions options)
    {
        WrittenObject.Identify(kind, @namespace, value, null);
        Decoding.Check(kind, value, options);
        var metadata = value.Metadata();
        foreach (var field in (string[])["managedFields", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"])
        {
            metadata.Remove(field);
        }

        return Insert(kind, value, options, owners => owners.Updated([], value, kind, options.Manager, options.Subresource, Now));
    }

    /// <summary>Puts a whole object in the place of what is there.</summary>
    public StoredObject Update(ResourceKind kind, string? @namespace, string name, JsonObject value, WriteOptions options)
    {
        WrittenObject.Identify(kind, @namespace, value, name);
        Decoding.Check(kind, value, options);
        return Change(kind, @namespace, name, options, live =>
        {
            var wanted = value.Metadata().Text("resourceVersion");
            if (wanted is { Length: > 0 } && wanted != live.Metadata().Text("resourceVersion"))
            {
                throw ApiRefusal.Modified(kind, name);
            }

            return (JsonObject)value.DeepClone();
        });
    }

    /// <summary>Changes an object by a function of what is there; tried again when somebody else was faster.</summary>
    public StoredObject Change(ResourceKind kind, string? @namespace, string name, WriteOptions options, Func<JsonObject, JsonObject> change)
    {
        while (true)
        {
            var before = store.Of(kind).Find(@namespace ?? "", name) ?? throw ApiRefusal.NotFound(kind, name);
            var live = before.Read();
            var changed = change((JsonObject)live.DeepClone());
            var owners = FieldOwners.Of(live);
            changed = WrittenObject.Settle(kind, live, changed, options.Subresource);
            owners.Updated(live, changed, kind, options.Manager, options.Subresource, Now);
            if (Replace(before, live, changed, owners, options) is { } stored)
            {
                return stored;
            }
        }
    }

    /// <summary>Server-side apply.</summary>
    public (StoredObject Object, bool IsNew) Apply(ResourceKind kind, string? @namespace, string name, JsonObject stated, WriteOptions options)
    {
        WrittenObject.Identify(kind, @namespace, stated, name);
        if (stated.Metadata()["managedFields"] is JsonArray { Count: > 0 })
        {
            throw ApiRefusal.BadRequest("metadata.managedFields must be nil");
        }

        Decoding.CheckApplied(kind, stated);
        while (true)
        {
            var before = store.Of(kind).Find(@namespace ?? "", name);
            if (before is null && options.Subresource is not null)
            {
                throw ApiRefusal.NotFound(kind, name);
            }

            var live = before?.Read() ?? WrittenObject.Empty(kind, @namespace, name);
            var owners = FieldOwners.Of(live);
            WrittenObject.Expect(kind, name, stated, live);
            var merged = owners.Apply(live, WrittenObject.Cut(stated, options.Subresource), kind, options.Manager, options.Subresource, options.Force, Now);
            if (before is null)
            {
                try
                {
                    return (Insert(kind, merged, options, o => o.Apply([], stated, kind, options.Manager, null, true, Now)), true);
                }
                catch (ApiRefusal e) when (e.Reason == "AlreadyExists")
                {
                    // Somebody created it meanwhile: it is changed instead.
                    continue;
                }
            }

            if (Replace(before, live, WrittenObject.Settle(kind, live, merged, options.Subresource), owners, options) is { } stored)
            {
                return (stored, false);
            }
        }
    }

    private StoredObject Insert(ResourceKind kind, JsonObject value, WriteOptions options, Action<FieldOwners> own)
    {
        var metadata = value.Metadata();
        if (metadata.Text("name") is null && metadata.Text("generateName") is { Length: > 0 } prefix)
        {
            metadata["name"] = prefix + RandomName.Suffix(5);
        }

        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Now;
        metadata["generation"] = 1;
        if (kind.HasStatus)
        {
            value.Remove("status");
        }

        var owners = FieldOwners.Of([]);
        own(owners);
        var request = new AdmissionRequest(kind, "CREATE", value, null, options.User, null);
        admission.Admit(request, options);
        ObjectNames.Check(kind, value);
        owners.Write(value);
        return options.DryRun ? StoredObject.At(kind, value, store.Version) : store.Add(kind, value);
    }

    private StoredObject? Replace(StoredObject before, JsonObject live, JsonObject changed, FieldOwners owners, WriteOptions options)
    {
        var kind = before.Kind;
        admission.Admit(new AdmissionRequest(kind, "UPDATE", changed, live, options.User, options.Subresource), options);
        ObjectNames.Check(kind, changed);
        if (JsonNode.DeepEquals(Content(live), Content(changed)) && SameOwners(live, owners))
        {
            return before;
        }

        owners.Write(changed);
        if (!JsonNode.DeepEquals(Desired(live), Desired(changed)))
        {
            changed.Metadata()["generation"] = (live.Metadata().Number("generation") ?? 0) + 1;
        }

        if (options.DryRun)
        {
            return StoredObject.At(kind, changed, before.Version);
        }

        return Deletion.IsFinished(kind, changed) ? RemoveLast(before, changed) : store.Replace(before, changed);
    }

    private StoredObject? RemoveLast(StoredObject before, JsonObject changed) => store.Replace(before, changed) is { } last ? store.Remove(last) ?? last : null;

    private static bool SameOwners(JsonObject live, FieldOwners now)
    {
        static IEnumerable<string> Words(IEnumerable<FieldOwner> owners) =>
            owners.Where(o => !o.Fields.IsEmpty).Select(o => o.Manager + o.Operation + o.Subresource + o.Fields.ToJson().ToJsonString()).Order(StringComparer.Ordinal);
        return Words(FieldOwners.Of(live).All).SequenceEqual(Words(now.All));
    }

    private static JsonObject Content(JsonObject value)
    {
        var content = (JsonObject)value.DeepClone();
        content.Metadata().Remove("managedFields");
        content.Metadata().Remove("resourceVersion");
        return content;
    }

    private static JsonObject Desired(JsonObject value)
    {
        var desired = (JsonObject)value.DeepClone();
        desired.Remove("metadata");
        desired.Remove("status");
        return desired;
    }
}
