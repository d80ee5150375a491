using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>Reads <c>managedFields</c>. With ten thousand labs of one kind there are a few different ones, each of which is kept once.</summary>
internal sealed class FieldOwnersConverter : JsonConverter<FieldOwners>
{
    private const int MostKept = 2000;

    private static readonly ConcurrentDictionary<string, FieldOwners> Known = new(StringComparer.Ordinal);

    public override FieldOwners? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var entries = document.RootElement.ValueKind != JsonValueKind.Array ? [] : document.RootElement.EnumerateArray()
            .Where(e => e.ValueKind == JsonValueKind.Object && !e.TryGetProperty("subresource", out _) && e.TryGetProperty("fieldsV1", out var fields) && fields.ValueKind == JsonValueKind.Object)
            .ToList();
        if (!entries.Exists(e => ManagerOf(e) == KubernetesClientOptions.OurName))
        {
            return null;
        }

        var key = new StringBuilder();
        foreach (var entry in entries)
        {
            key.Append(ManagerOf(entry)).Append(entry.GetProperty("fieldsV1").GetRawText());
        }

        if (Known.Count >= MostKept)
        {
            Known.Clear();
        }

        return Known.GetOrAdd(key.ToString(), _ => new FieldOwners([.. entries.Select(e => new FieldOwner(ManagerOf(e), e.GetProperty("fieldsV1").Clone()))]));
    }

    public override void Write(Utf8JsonWriter writer, FieldOwners value, JsonSerializerOptions options) =>
        throw new NotSupportedException("What is applied states no managedFields: the API server keeps them.");

    private static string ManagerOf(JsonElement entry) => entry.TryGetProperty("manager", out var manager) ? manager.GetString() ?? "" : "";
}
