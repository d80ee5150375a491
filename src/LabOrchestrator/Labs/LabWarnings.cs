using System.Collections.Immutable;
using LabOrchestrator.Instances;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Labs;

/// <summary>Tells authors where their labs cannot run, before anybody starts them.</summary>
public sealed class LabWarnings(LabRuntimes runtimes, RuntimeHealth health)
{
    /// <summary>
    /// What each configured runtime lacks of the requirements, in their order. Where a runtime was never reached, the warning says that
    /// it is not known. Never throws for a runtime's trouble.
    /// </summary>
    public async Task<ImmutableArray<LabWarning>> OfAsync(ImmutableArray<LabRequirement> requirements, CancellationToken cancellationToken)
    {
        if (requirements.IsEmpty)
        {
            return [];
        }

        var warnings = ImmutableArray.CreateBuilder<LabWarning>();
        foreach (var runtime in runtimes.All)
        {
            // First, since a runtime looks then what its engine can do now.
            var readiness = await health.CheckAsync(runtime.Name, cancellationToken).ConfigureAwait(false);
            var missing = CapabilityRefusal.MissingFrom(runtime, requirements.Select(r => r.Capability), readiness);
            warnings.AddRange(requirements.Join(missing, r => r.Capability, m => m.Name, (requirement, lack) => new LabWarning(
                runtime.Name, lack.Name, requirement.File, requirement.Line, requirement.Column, requirement.Path, lack.Reason, lack.Remedy)));
        }

        return warnings.ToImmutable();
    }
}
