using System.Text.Json;
using System.Text.Json.Nodes;

namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>One who set fields of an object.</summary>
/// <param name="Manager">His name, such as <c>kubectl-edit</c>.</param>
/// <param name="Fields">His fields, as <c>fieldsV1</c> holds them: <c>f:name</c>, <c>k:{keys}</c> of a list's item, <c>v:value</c> of a set's.</param>
internal sealed record FieldOwner(string Manager, JsonElement Fields)
{
    /// <summary>The field is his, or the whole of something that it is in.</summary>
    public bool Has(IReadOnlyList<JsonNode> field)
    {
        var at = Fields;
        for (var step = 0; step < field.Count; step++)
        {
            if (step > 0 && IsWhole(at))
            {
                return true;
            }

            if (Next(at, field[step]) is not { } next)
            {
                return false;
            }

            at = next;
        }

        return true;
    }

    /// <summary>His fields below <c>spec</c>, each as the names to it; those in a list's item as the names to the list.</summary>
    public IEnumerable<IReadOnlyList<string>> Spec() =>
        Fields.ValueKind == JsonValueKind.Object && Fields.TryGetProperty("f:spec", out var spec) ? Below(spec, []) : [];

    private static IEnumerable<IReadOnlyList<string>> Below(JsonElement at, string[] path)
    {
        var fields = at.EnumerateObject().Where(p => p.Name.StartsWith("f:", StringComparison.Ordinal)).ToList();
        return fields.Count == 0 ? [path] : fields.SelectMany(f => Below(f.Value, [.. path, f.Name[2..]]));
    }

    // A map or list that is set as a whole, or a value.
    private static bool IsWhole(JsonElement at) => !at.EnumerateObject().Any(p => p.Name != ".");

    private static JsonElement? Next(JsonElement at, JsonNode step)
    {
        if (step is JsonValue value && value.TryGetValue<string>(out var name) && at.TryGetProperty("f:" + name, out var field))
        {
            return field;
        }

        foreach (var item in at.EnumerateObject())
        {
            if (item.Name.StartsWith("v:", StringComparison.Ordinal) ? JsonNode.DeepEquals(JsonNode.Parse(item.Name[2..]), step)
                : item.Name.StartsWith("k:", StringComparison.Ordinal) && step is JsonObject whole && HasKeys(whole, item.Name[2..]))
            {
                return item.Value;
            }
        }

        return null;
    }

    // The server fills in keys that have a default.
    private static bool HasKeys(JsonObject item, string keys) =>
        JsonNode.Parse(keys)!.AsObject().All(key => item[key.Key] is not { } stated || JsonNode.DeepEquals(stated, key.Value));
}
