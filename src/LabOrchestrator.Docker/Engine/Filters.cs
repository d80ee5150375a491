using System.Text.Json;

namespace LabOrchestrator.Docker.Engine;

/// <summary>The engine's filters as a query parameter.</summary>
internal static class Filters
{
    /// <summary>Objects that carry all of these labels, each <c>name</c> or <c>name=value</c>.</summary>
    public static string Labels(params IEnumerable<string> labels) => Of(("label", labels));

    /// <summary>Filters of several kinds; objects must match one value of each kind (all of them for labels).</summary>
    public static string Of(params IEnumerable<(string Kind, IEnumerable<string> Values)> filters) => "filters=" + Uri.EscapeDataString(
        JsonSerializer.Serialize(filters.ToDictionary(f => f.Kind, f => f.Values.ToList()), EngineJson.Default.DictionaryStringListString));
}
