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
    public async Task<ImmutableArray<LabWarning>> OfAsync(ImmutableArray<LabRequirement> requirements, CancellationToken cancellationToken) =>
        (await OfAsync([requirements], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>The same for many labs, in their order; each runtime is asked once at most.</summary>
    internal async Task<IReadOnlyList<ImmutableArray<LabWarning>>> OfAsync(
        IReadOnlyList<ImmutableArray<LabRequirement>> labs, CancellationToken cancellationToken)
    {
        var warnings = labs.Select(_ => ImmutableArray.CreateBuilder<LabWarning>()).ToList();
        foreach (var runtime in runtimes.All)
        {
            // One that is away may take long to say so.
            if (runtime.Capabilities.Missing(labs.SelectMany(l => l).Select(r => r.Capability)).IsEmpty)
            {
                continue;
            }

            // Before its capabilities are read, since a runtime looks then what its engine can do now.
            var readiness = await health.CheckAsync(runtime.Name, cancellationToken).ConfigureAwait(false);
            foreach (var (requirements, found) in labs.Zip(warnings))
            {
                found.AddRange(Of(runtime, readiness, requirements));
            }
        }

        return [.. warnings.Select(w => w.ToImmutable())];
    }

    private static IEnumerable<LabWarning> Of(ILabRuntime runtime, RuntimeReadiness readiness, ImmutableArray<LabRequirement> requirements)
    {
        var missing = CapabilityRefusal.MissingFrom(runtime, requirements.Select(r => r.Capability), readiness);
        return requirements.Join(missing, r => r.Capability, m => m.Name, (requirement, lack) => new LabWarning(
            runtime.Name, lack.Name, requirement.File, requirement.Line, requirement.Column, requirement.Path, lack.Reason, lack.Remedy));
    }
}
