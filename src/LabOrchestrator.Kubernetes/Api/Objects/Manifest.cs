using System.Text.Json.Nodes;

namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>Manifests are JSON objects: whatever an author's patch adds stays in them.</summary>
internal static class Manifest
{
    /// <summary>A manifest with its head; the caller adds <c>spec</c>, <c>data</c>….</summary>
    public static JsonObject Of(KubernetesKind kind, string? @namespace, string name, IEnumerable<KeyValuePair<string, string>>? labels = null)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (@namespace is not null)
        {
            metadata["namespace"] = @namespace;
        }

        if (labels is not null)
        {
            metadata["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create<string, JsonNode?>(l.Key, l.Value)));
        }

        return new JsonObject { ["apiVersion"] = kind.ApiVersion, ["kind"] = kind.Name, ["metadata"] = metadata };
    }

    /// <summary>The kind that a manifest states, or null when it is none of ours.</summary>
    public static KubernetesKind? KindOf(JsonObject manifest) =>
        TextAt(manifest, "apiVersion") is { } apiVersion && TextAt(manifest, "kind") is { } kind ? Kinds.Find(apiVersion, kind) : null;

    /// <summary>The object's name, or null.</summary>
    public static string? NameOf(JsonObject manifest) => TextAt(manifest["metadata"] as JsonObject, "name");

    /// <summary>The object's namespace, or null.</summary>
    public static string? NamespaceOf(JsonObject manifest) => TextAt(manifest["metadata"] as JsonObject, "namespace");

    private static string? TextAt(JsonObject? json, string key) =>
        json?[key] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
