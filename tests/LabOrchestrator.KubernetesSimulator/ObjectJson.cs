using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator;

/// <summary>Reading and writing of objects as JSON.</summary>
internal static class ObjectJson
{
    public static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Bytes(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node, Plain);

    public static JsonObject Metadata(this JsonObject value) => value.Part("metadata");

    /// <summary>The object in a field, made when there is none.</summary>
    public static JsonObject Part(this JsonObject value, string name)
    {
        if (value[name] is not JsonObject part)
        {
            value[name] = part = [];
        }

        return part;
    }

    /// <summary>The text at a path, or null.</summary>
    public static string? Text(this JsonNode? value, params ReadOnlySpan<string> path) =>
        value.At(path) is JsonValue scalar ? scalar.GetValueKind() == JsonValueKind.String ? scalar.GetValue<string>() : scalar.ToJsonString() : null;

    public static JsonNode? At(this JsonNode? value, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            value = value is JsonObject map ? map[name] : null;
        }

        return value;
    }

    public static bool? Flag(this JsonNode? value, params ReadOnlySpan<string> path) =>
        value.At(path) is JsonValue scalar && scalar.TryGetValue<bool>(out var flag) ? flag : null;

    public static long? Number(this JsonNode? value, params ReadOnlySpan<string> path) =>
        value.At(path) is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.Number ? (long)double.Parse(scalar.ToJsonString(), CultureInfo.InvariantCulture) : null;

    public static IEnumerable<JsonObject> Objects(this JsonNode? value, params ReadOnlySpan<string> path) =>
        value.At(path) is JsonArray list ? list.OfType<JsonObject>() : [];

    public static IEnumerable<string> Texts(this JsonNode? value, params ReadOnlySpan<string> path) =>
        value.At(path) is JsonArray list ? list.Select(i => i.Text() ?? "") : [];

    public static JsonArray List(IEnumerable<string> texts) => [.. texts.Select(t => (JsonNode?)JsonValue.Create(t))];

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
