using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>Looks whether an instance has lost what its lab does not want made again.</summary>
internal static class LostMachines
{
    /// <summary>The reason to end the instance, or null. Only asks the engine where the lab wants that.</summary>
    public static async Task<InstanceFailedException?> ReasonToEndAsync(
        LabDefinition lab, InstanceSpec spec, ILabRuntime runtime, CancellationToken cancellationToken)
    {
        if (lab.OnLoss != LossPolicy.Fail || !spec.HasRun)
        {
            return null;
        }

        var observed = await runtime.ObserveAsync(spec.InstanceId, cancellationToken).ConfigureAwait(false);

        // A machine that was reset may be missing because a reset was cut off; its user wanted a fresh one anyway.
        var lost = spec.Machines
            .Where(m => m is { PoweredOn: true, ResetGeneration: 0 } && observed?.Machines.Any(o => o.Name == m.Name) != true)
            .Select(m => m.Name).ToList();
        return lost.Count == 0 ? null : new InstanceFailedException(
            $"The engine has lost {string.Join(", ", lost)}, and the lab ends then (onLoss: fail). Start it again.");
    }
}
