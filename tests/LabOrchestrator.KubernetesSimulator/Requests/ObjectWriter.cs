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
        Identify(kind, @namespace, value, null);
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
        Identify(kind, @namespace, value, name);
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
            changed = Settle(kind, live, changed, options.Subresource);
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
        Identify(kind, @namespace, stated, name);
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

            var live = before?.Read() ?? Empty(kind, @namespace, name);
            var owners = FieldOwners.Of(live);
            Expect(kind, name, stated, live);
            var merged = owners.Apply(live, Cut(stated, options.Subresource), kind, options.Manager, options.Subresource, options.Force, Now);
            if (before is null)
            {
                return (Insert(kind, merged, options, o => o.Apply([], stated, kind, options.Manager, null, true, Now)), true);
            }

            if (Replace(before, live, Settle(kind, live, merged, options.Subresource), owners, options) is { } stored)
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

    /// <summary>What a write may not touch is as it was.</summary>
    private static JsonObject Settle(ResourceKind kind, JsonObject live, JsonObject changed, string? subresource)
    {
        if (subresource is "status")
        {
            var whole = (JsonObject)live.DeepClone();
            whole["status"] = changed["status"]?.DeepClone();
            changed = whole;
        }
        else if (kind.HasStatus && subresource is null)
        {
            changed.Remove("status");
            if (live["status"] is { } status)
            {
                changed["status"] = status.DeepClone();
            }
        }

        var metadata = changed.Metadata();
        if (metadata.Text("uid") is { } uid && uid != live.Metadata().Text("uid"))
        {
            throw ApiRefusal.Conflict(kind, live.Metadata().Text("name")!, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {live.Metadata().Text("uid")}");
        }

        foreach (var field in (string[])["name", "namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "managedFields"])
        {
            metadata.Remove(field);
            if (live.Metadata()[field] is { } value)
            {
                metadata[field] = value.DeepClone();
            }
        }

        changed["apiVersion"] = kind.ApiVersion;
        changed["kind"] = kind.Kind;
        return changed;
    }

    private static void Identify(ResourceKind kind, string? @namespace, JsonObject value, string? name)
    {
        if ((value.Text("apiVersion"), value.Text("kind")) is var (version, word) && (version is { } && version != kind.ApiVersion || word is { } && word != kind.Kind))
        {
            throw ApiRefusal.BadRequest(
                $"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: the object provided is {version}, Kind={word}, expected {kind.ApiVersion}, Kind={kind.Kind}");
        }

        value["apiVersion"] = kind.ApiVersion;
        value["kind"] = kind.Kind;
        var metadata = value.Metadata();
        if (name is not null && metadata.Text("name") is { } stated && stated != name)
        {
            throw ApiRefusal.BadRequest($"the name of the object ({stated}) does not match the name on the URL ({name})");
        }

        if (name is not null)
        {
            metadata["name"] = name;
        }

        if (kind.Namespaced)
        {
            if (metadata.Text("namespace") is { } space && space != @namespace)
            {
                throw ApiRefusal.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
            }

            metadata["namespace"] = @namespace;
        }
    }

    private static void Expect(ResourceKind kind, string name, JsonObject stated, JsonObject live)
    {
        if (stated.Metadata().Text("uid") is { } uid && uid != live.Metadata().Text("uid"))
        {
            throw ApiRefusal.Conflict(kind, name, $"uid mismatch: the provided object specified uid {uid}, and no existing object was found");
        }

        if (stated.Metadata().Text("resourceVersion") is { } version && version != live.Metadata().Text("resourceVersion"))
        {
            throw ApiRefusal.Modified(kind, name);
        }
    }

    private static JsonObject Cut(JsonObject stated, string? subresource)
    {
        var cut = (JsonObject)stated.DeepClone();
        foreach (var field in cut.Select(f => f.Key).ToList())
        {
            var keep = subresource is "status" ? field is "apiVersion" or "kind" or "metadata" or "status" : field != "status" || subresource is not null;
            if (!keep)
            {
                cut.Remove(field);
            }
        }

        return cut;
    }

    private static JsonObject Empty(ResourceKind kind, string? @namespace, string name)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (kind.Namespaced)
        {
            metadata["namespace"] = @namespace;
        }

        return new JsonObject { ["apiVersion"] = kind.ApiVersion, ["kind"] = kind.Kind, ["metadata"] = metadata };
    }

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
