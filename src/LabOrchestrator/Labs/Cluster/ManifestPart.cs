using System.Collections.Frozen;
using System.Text.Json.Nodes;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>An object within a manifest, and where it stands there.</summary>
/// <param name="Json">The object.</param>
/// <param name="Path">Where it stands, for example <c>spec.containers[0]</c>.</param>
internal readonly record struct ManifestPart(JsonObject Json, string Path)
{
    /// <summary>A value of it, if it is a text.</summary>
    public string? Text(string key) => Json[key] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>Where a value of it stands.</summary>
    public string At(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    /// <summary>An object in it; null where there is none.</summary>
    public ManifestPart? Part(string key) => Json[key] is JsonObject part ? new(part, At(key)) : null;

    /// <summary>The objects of a list in it.</summary>
    public IEnumerable<ManifestPart> Items(string key)
    {
        var path = At(key);
        return (Json[key] as JsonArray ?? []).Select((item, index) => (Item: item as JsonObject, Index: index))
            .Where(i => i.Item is not null)
            .Select(i => new ManifestPart(i.Item!, $"{path}[{i.Index}]"));
    }

    /// <summary>Paths of what it has beside the keys that it may have.</summary>
    public IEnumerable<string> Beside(FrozenSet<string> allowed)
    {
        var part = this;
        return Json.Where(p => p.Value is not null && !allowed.Contains(p.Key)).Select(p => part.At(p.Key));
    }

    /// <summary>Paths of the keys that are set, and to something else than <c>false</c>.</summary>
    public IEnumerable<string> NotFalse(FrozenSet<string> keys)
    {
        var part = this;
        return Json.Where(p => p.Value is not null && keys.Contains(p.Key) && p.Value.GetValueKind() != System.Text.Json.JsonValueKind.False)
            .Select(p => part.At(p.Key));
    }
}
