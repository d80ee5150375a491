using System.Text.Json.Nodes;

namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>
/// The fields that a manifest states, beside those that say which object it is: each as the steps to it, which are names, and values of
/// lists. Empty maps and lists are none, since the server may drop them.
/// </summary>
internal static class StatedFields
{
    private static readonly string[] Identity = ["apiVersion", "kind"];
    private static readonly string[] IdentityInMetadata = ["name", "namespace"];

    public static IEnumerable<IReadOnlyList<JsonNode>> Of(JsonObject manifest) =>
        from part in manifest
        where part.Value is not null && !Identity.Contains(part.Key)
        from path in Below(part.Value, [JsonValue.Create(part.Key)])
        where part.Key != "metadata" || !IdentityInMetadata.Contains((string?)path[1])
        select path;

    private static IEnumerable<IReadOnlyList<JsonNode>> Below(JsonNode value, JsonNode[] path) => value switch
    {
        JsonObject map => from part in map where part.Value is not null from below in Below(part.Value, [.. path, JsonValue.Create(part.Key)]) select below,
        JsonArray list => from item in list where item is not null from below in BelowItem(item, path) select below,
        _ => [path],
    };

    private static IEnumerable<IReadOnlyList<JsonNode>> BelowItem(JsonNode item, JsonNode[] path) =>
        item is JsonValue ? [[.. path, item]] : Below(item, [.. path, item]);
}
