using System.Collections.Immutable;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>Holds what a lab requires against what an engine can do.</summary>
internal static class CapabilityRefusal
{
    private const string TryAgain = "Try again when the runtime is there.";

    /// <summary>What of <paramref name="required"/> a runtime does not have, or is not known to have.</summary>
    public static ImmutableArray<MissingCapability> MissingFrom(ILabRuntime runtime, IEnumerable<string> required, RuntimeReadiness readiness)
    {
        var capabilities = runtime.Capabilities;
        var missing = capabilities.Missing(required);
        return capabilities.IsKnown
            ? missing
            : [.. missing.Select(m => m with { Reason = NotKnown(runtime, readiness), Remedy = TryAgain })];
    }

    /// <summary>Why the lab cannot be started on the runtime, or null.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="runtime">The runtime.</param>
    /// <param name="readiness">What the runtime last said of itself.</param>
    public static StartResult.Refused? Of(LabDefinition lab, ILabRuntime runtime, RuntimeReadiness readiness)
    {
        var isKnown = runtime.Capabilities.IsKnown;
        var missing = MissingFrom(runtime, LabRequirements.Of(lab), readiness);
        if (missing.IsEmpty)
        {
            return null;
        }

        var names = string.Join(", ", missing.Select(m => m.Name));
        if (!isKnown)
        {
            return new StartResult.Refused($"The lab requires {names}. {NotKnown(runtime, readiness)} {TryAgain}", RefusalCode.CapabilitiesUnknown);
        }

        var sentences = missing.SelectMany(m => new[] { m.Reason, m.Remedy }).Distinct(StringComparer.Ordinal);
        return new StartResult.Refused(
            $"The lab requires {names}, which the runtime \"{runtime.Name}\" cannot do. {string.Join(' ', sentences)}", RefusalCode.CapabilitiesMissing)
        {
            Missing = missing,
        };
    }

    private static string NotKnown(ILabRuntime runtime, RuntimeReadiness readiness) =>
        $"It is not known yet whether the runtime \"{runtime.Name}\" has it: {readiness.Reason}";
}
