using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>Holds what a lab requires against what an engine can do.</summary>
internal static class CapabilityRefusal
{
    /// <summary>Why the lab cannot be started on the runtime, or null.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="runtime">The runtime.</param>
    /// <param name="readiness">What the runtime last said of itself.</param>
    public static StartResult.Refused? Of(LabDefinition lab, ILabRuntime runtime, RuntimeReadiness readiness)
    {
        var capabilities = runtime.Capabilities;
        var missing = capabilities.Missing(LabRequirements.Of(lab));
        if (missing.IsEmpty)
        {
            return null;
        }

        var names = string.Join(", ", missing.Select(m => m.Name));
        if (!capabilities.IsKnown)
        {
            return new StartResult.Refused(
                $"The lab requires {names}. It is not known yet whether the runtime \"{runtime.Name}\" has it: {readiness.Reason} Try again when the runtime is there.",
                RefusalCode.CapabilitiesUnknown);
        }

        var sentences = missing.SelectMany(m => new[] { m.Reason, m.Remedy }).Distinct(StringComparer.Ordinal);
        return new StartResult.Refused(
            $"The lab requires {names}, which the runtime \"{runtime.Name}\" cannot do. {string.Join(' ', sentences)}", RefusalCode.CapabilitiesMissing)
        {
            Missing = missing,
        };
    }
}
