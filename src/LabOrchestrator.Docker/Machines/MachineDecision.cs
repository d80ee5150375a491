using System.Collections.Immutable;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Machines;

/// <summary>What has to be done for a machine.</summary>
internal enum MachineDecision
{
    /// <summary>Nothing.</summary>
    Keep,

    /// <summary>It is not there, was never started, or cannot be: make it with the disk that it has, and start it if it is wanted on.</summary>
    Create,

    /// <summary>A user wants a fresh disk: remove it with its disk, then make it.</summary>
    Recreate,

    /// <summary>It is there and down, and should be up.</summary>
    Start,

    /// <summary>It is up and should boot anew.</summary>
    Restart,

    /// <summary>A user wants it off.</summary>
    PowerOff,
}

/// <summary>Decides from what is wanted and what the engine says.</summary>
internal static class MachineDecisions
{
    // The engine kills machine after machine when it ends, each with a grace of its own.
    private static readonly TimeSpan EngineStopSpread = TimeSpan.FromSeconds(30);

    public static MachineDecision Decide(MachineSpec wanted, FoundMachine? found, ContainerState? helper)
    {
        if (found is null)
        {
            return MachineDecision.Create;
        }

        if (found.State.Status == ContainerStates.Created && wanted.PoweredOn)
        {
            // Whoever made it may have been stopped before it had all its cards.
            return MachineDecision.Create;
        }

        if (found.Reset < wanted.ResetGeneration)
        {
            return MachineDecision.Recreate;
        }

        var isUp = ContainerStates.IsUp(found.State.Status);
        if (!wanted.PoweredOn)
        {
            return isUp || !found.Name.IsOff ? MachineDecision.PowerOff : MachineDecision.Keep;
        }

        if (isUp)
        {
            return found.Name.Boot < wanted.BootGeneration ? MachineDecision.Restart
                : found.Name.IsOff ? MachineDecision.Start
                : MachineDecision.Keep;
        }

        if (found.Name.Boot >= wanted.BootGeneration && !found.Name.IsOff && !WentDownWithEngine(found.State, helper))
        {
            return MachineDecision.Keep;
        }

        // A launcher knows its cards by heart, and its disk is not in it.
        return found.IsVm && found.Ends.Any(e => e.IsLost) ? MachineDecision.Create : MachineDecision.Start;
    }

    /// <summary>
    /// Whether a machine ended because the engine did: its helper ended about then too, and was not started again before.
    /// </summary>
    public static bool WentDownWithEngine(ContainerState machine, ContainerState? helper)
    {
        if (helper is null || helper.FinishedAt <= DateTimeOffset.UnixEpoch)
        {
            return false;
        }

        var isBetween = machine.FinishedAt >= helper.FinishedAt - EngineStopSpread && machine.FinishedAt <= helper.FinishedAt + EngineStopSpread;
        return isBetween && (!ContainerStates.IsUp(helper.Status) || machine.FinishedAt < helper.StartedAt);
    }
}

/// <summary>A machine's container as it was found.</summary>
/// <param name="Id">Identity of the container.</param>
/// <param name="Name">What its name says.</param>
/// <param name="Reset">The reset generation it was made for.</param>
/// <param name="State">What it does.</param>
/// <param name="Labels">Its labels.</param>
internal sealed record FoundMachine(
    string Id, MachineName Name, int Reset, ContainerState State, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>True for a launcher.</summary>
    public bool IsVm => Labels.GetValueOrDefault(EngineLabels.Kind) == MachineLabels.Vm;

    /// <summary>Its ends in networks; only where it was looked at thoroughly.</summary>
    public ImmutableArray<NetworkEnd> Ends { get; init; } = [];
}
