using System.Text.Json;
using System.Text.Json.Serialization;

namespace LabOrchestrator.Postgres.Schema;

/// <summary>How records are written into jsonb columns: names of members and of enum values as they are.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"A stored {typeof(T).Name} is null.");
}
