using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Kinds;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>What a write may state, and what of an object it may touch.</summary>
internal static class WrittenObject
{
    /// <summary>What a write may not touch is as it was.</summary>
    public static JsonObject Settle(ResourceKind kind, JsonObject live, JsonObject changed, string? subresource)
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

    public static void Identify(ResourceKind kind, string? @namespace, JsonObject value, string? name)
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

    public static void Expect(ResourceKind kind, string name, JsonObject stated, JsonObject live)
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

    public static JsonObject Cut(JsonObject stated, string? subresource)
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

    public static JsonObject Empty(ResourceKind kind, string? @namespace, string name)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (kind.Namespaced)
        {
            metadata["namespace"] = @namespace;
        }

        return new JsonObject { ["apiVersion"] = kind.ApiVersion, ["kind"] = kind.Kind, ["metadata"] = metadata };
    }
}
