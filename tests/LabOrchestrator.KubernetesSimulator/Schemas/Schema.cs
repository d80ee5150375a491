using System.Text.Json;
using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Schemas;

/// <summary>A structural schema, read from its JSON when it is first looked into.</summary>
internal sealed class Schema
{
    private readonly Lazy<Dictionary<string, Schema>> _properties;
    private readonly Lazy<Schema?> _items;
    private readonly Lazy<Schema?> _additional;

    public Schema(JsonElement json, Func<string, Schema> find)
    {
        Type = Text(json, "type");
        Format = Text(json, "format");
        ListType = Text(json, "x-kubernetes-list-type");
        MapType = Text(json, "x-kubernetes-map-type");
        PatchStrategy = Text(json, "x-kubernetes-patch-strategy");
        PatchMergeKey = Text(json, "x-kubernetes-patch-merge-key");
        Pattern = Text(json, "pattern");
        KeepsUnknown = Flag(json, "x-kubernetes-preserve-unknown-fields");
        IsNullable = Flag(json, "nullable");
        IsAnyScalar = Flag(json, "x-kubernetes-int-or-string") || (Type is null && json.TryGetProperty("oneOf", out _));
        MapKeys = Texts(json, "x-kubernetes-list-map-keys");
        Required = Texts(json, "required");
        Allowed = Texts(json, "enum");
        Default = json.TryGetProperty("default", out var value) ? JsonNode.Parse(value.GetRawText()) : null;
        Minimum = json.TryGetProperty("minimum", out var minimum) ? minimum.GetDouble() : null;
        Maximum = json.TryGetProperty("maximum", out var maximum) ? maximum.GetDouble() : null;
        var isObject = Type == "object" || json.TryGetProperty("properties", out _);
        _properties = new(() => isObject && json.TryGetProperty("properties", out var properties)
            ? properties.EnumerateObject().ToDictionary(p => p.Name, p => Of(p.Value, find), StringComparer.Ordinal)
            : []);
        _items = new(() => json.TryGetProperty("items", out var items) ? Of(items, find) : null);
        _additional = new(() => json.TryGetProperty("additionalProperties", out var rest) && rest.ValueKind == JsonValueKind.Object ? Of(rest, find) : null);
    }

    public string? Type { get; }

    public string? Format { get; }

    public string? ListType { get; }

    public string? MapType { get; }

    public string? PatchStrategy { get; }

    public string? PatchMergeKey { get; }

    public string? Pattern { get; }

    public bool KeepsUnknown { get; }

    public bool IsNullable { get; }

    /// <summary>A number or a string, as quantities and ports are.</summary>
    public bool IsAnyScalar { get; }

    public string[] MapKeys { get; }

    public string[] Required { get; }

    public string[] Allowed { get; }

    public JsonNode? Default { get; }

    public double? Minimum { get; }

    public double? Maximum { get; }

    public Dictionary<string, Schema> Properties => _properties.Value;

    public Schema? Items => _items.Value;

    public Schema? Additional => _additional.Value;

    /// <summary>Its fields are not told one by one: anything goes below.</summary>
    public bool IsOpen => KeepsUnknown || (Properties.Count == 0 && Additional is null);

    /// <summary>The schema of a field, or null when there is none by that name.</summary>
    public Schema? Field(string name) => Properties.TryGetValue(name, out var field) ? field : Additional;

    private static Schema Of(JsonElement json, Func<string, Schema> find)
    {
        // A reference with words of its own (list type, merge key) stands in an array's property, never beside a $ref of ours.
        return json.TryGetProperty("$ref", out var name) ? find(name.GetString()!) : new Schema(json, find);
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Flag(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static string[] Texts(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => v.ToString())] : [];
}
