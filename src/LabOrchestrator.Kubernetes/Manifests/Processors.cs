using System.Text.Json.Nodes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>
/// How a VM's processors are laid out. Where a preference demands some, KubeVirt counts them as what that preference prefers, which is known to
/// the cluster alone: sockets, as in what KubeVirt 1.9 brings for Windows, and where it says nothing; cores in newer ones for Windows 10 and 11.
/// </summary>
internal static class Processors
{
    private const string Path = "spec.template.spec.domain";

    /// <summary>The processors of a VM.</summary>
    /// <param name="count">How many.</param>
    /// <param name="isPreferred">It has a preference.</param>
    public static JsonObject Of(int count, bool isPreferred) => isPreferred ? Of(count, 1, 1) : new JsonObject { ["cores"] = count };

    /// <summary>The layout that a preference asks for whose demand was refused; null where another layout is no remedy.</summary>
    /// <param name="manifest">The VM that KubeVirt refused.</param>
    /// <param name="refusal">Its words.</param>
    public static JsonObject? Instead(JsonObject manifest, string? refusal)
    {
        var processors = DomainOf(manifest)["cpu"];
        var count = processors?["sockets"] is JsonValue value && value.TryGetValue<int>(out var sockets) ? sockets : 0;
        return count < 2 || !JsonNode.DeepEquals(processors, Of(count, 1, 1)) ? null
            : Ends(refusal, "cores") || Ends(refusal, "CoresThreads") ? Of(1, count, 1)
            : Ends(refusal, "threads") ? Of(1, 1, count)
            : null;
    }

    /// <summary>Gives a VM other processors.</summary>
    public static void Set(JsonObject manifest, JsonObject processors) => DomainOf(manifest)["cpu"] = processors.DeepClone();

    private static bool Ends(string? refusal, string unit) => refusal?.TrimEnd().EndsWith($" provided as {unit}", StringComparison.Ordinal) == true;

    private static JsonObject Of(int sockets, int cores, int threads) => new() { ["sockets"] = sockets, ["cores"] = cores, ["threads"] = threads };

    private static JsonObject DomainOf(JsonObject manifest) => Path.Split('.').Aggregate(manifest, (part, name) => part[name]!.AsObject());
}
