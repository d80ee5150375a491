using System.Globalization;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Docker.VirtualMachines;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Says what the engine holds in the words of the runtimes.</summary>
internal sealed class InstanceObserver(EngineClient engine, InstanceInventory inventory, GuestMonitor monitor, AgentWatch agents, DiskWatch disks)
{
    private const int LogLines = 20;
    private const int MostLog = 2000;

    /// <summary>One instance; null when nothing of it is there.</summary>
    public async Task<ObservedInstance?> ObserveAsync(long instanceId, CancellationToken cancellationToken)
    {
        var found = await inventory.ReadAsync(instanceId, cancellationToken).ConfigureAwait(false);
        return found.CreatedAt is null ? null : await SeenAsync(found, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All instances.</summary>
    public async Task<IReadOnlyList<ObservedInstance>> ListAsync(CancellationToken cancellationToken)
    {
        var all = await inventory.ReadAllAsync(cancellationToken).ConfigureAwait(false);
        var seen = new List<ObservedInstance>(all.Count);
        foreach (var found in all)
        {
            seen.Add(await SeenAsync(found, cancellationToken).ConfigureAwait(false));
        }

        return seen;
    }

    private async Task<ObservedInstance> SeenAsync(FoundInstance found, CancellationToken cancellationToken)
    {
        var machines = await Task.WhenAll(found.Machines.Select(m => SeenAsync(found, m, cancellationToken))).ConfigureAwait(false);
        return new ObservedInstance(found.InstanceId, [.. machines]) { CreatedAt = found.CreatedAt, Remark = RemarkOf(found) };
    }

    private static string? RemarkOf(FoundInstance found)
    {
        var lost = found.Networks.Select(n => n.Labels?.GetValueOrDefault(EngineLabels.Loss)).OfType<string>().ToList();
        if (found.Helper?.Loss is not null)
        {
            lost.Add(LossWords.Helper);
        }

        return lost.Count == 0 ? null : LossWords.Parts(lost);
    }

    private async Task<ObservedMachine> SeenAsync(FoundInstance found, FoundMachine machine, CancellationToken cancellationToken)
    {
        var phase = PhaseOf(machine);
        bool? hasAgent = null;
        if (phase == MachinePhase.Running && machine.IsVm)
        {
            var guest = await monitor.StateAsync(found.InstanceId, machine.Name.Machine, cancellationToken).ConfigureAwait(false);
            phase = guest.IsPaused ? MachinePhase.Paused : phase;
            hasAgent = guest.HasAgent;
        }

        if (machine.IsVm)
        {
            agents.Seen(found.InstanceId, machine.Name.Machine, hasAgent);
        }

        var addresses = machine.Labels.GetValueOrDefault(EngineLabels.Addresses, "");
        return new ObservedMachine(machine.Name.Machine, phase)
        {
            Reason = phase == MachinePhase.Failed ? await ReasonAsync(found, machine, cancellationToken).ConfigureAwait(false) : null,
            Addresses = phase is MachinePhase.Running or MachinePhase.Paused && addresses.Length > 0 ? [.. addresses.Split(',')] : [],
            ImageDigest = machine.Labels.GetValueOrDefault(EngineLabels.ImageDigest),
            Remark = RemarkOf(machine),
            AgentConnected = hasAgent,
        };
    }

    private static string? RemarkOf(FoundMachine machine)
    {
        var loss = machine.Labels.GetValueOrDefault(EngineLabels.Loss);
        var remark = machine.Labels.GetValueOrDefault(EngineLabels.Remark);
        return loss is null ? remark : remark is null ? loss : $"{loss} {remark}";
    }

    internal static MachinePhase PhaseOf(FoundMachine machine) => machine.State.Status switch
    {
        ContainerStates.Running => MachinePhase.Running,
        ContainerStates.Paused => MachinePhase.Paused,
        ContainerStates.Restarting => MachinePhase.Starting,
        _ when machine.Name.IsOff => MachinePhase.PoweredOff,
        ContainerStates.Created when machine.State.Error.Length == 0 => MachinePhase.Pending,
        _ => MachinePhase.Failed,
    };

    private async Task<string> ReasonAsync(FoundInstance found, FoundMachine machine, CancellationToken cancellationToken)
    {
        if (MachineDecisions.WentDownWithEngine(machine.State, found.Helper?.State))
        {
            return "The machine went down with the engine and is started again.";
        }

        if (machine is { IsVm: false, State.ExitCode: 137 or 143 }
            && await disks.ReasonAsync(found.InstanceId, machine, cancellationToken).ConfigureAwait(false) is { } full)
        {
            return full;
        }

        var log = await engine.Containers.LogTailAsync(machine.Id, LogLines, cancellationToken).ConfigureAwait(false);
        var reason = Sentence(machine);
        return log.Length == 0 ? reason : $"{reason}\n{(log.Length > MostLog ? log[^MostLog..] : log)}";
    }

    private static string Sentence(FoundMachine machine)
    {
        return machine.State switch
        {
            { Error.Length: > 0 } state => state.Error,
            { OutOfMemory: true } => "The machine took more memory than it may have and was ended.",
            { ExitCode: 0 } => machine.IsVm ? "The machine powered itself off." : "The machine's program ended.",
            { ExitCode: 137 } => "The machine was killed.",
            var state => string.Create(CultureInfo.InvariantCulture, $"The machine ended with exit code {state.ExitCode}."),
        };
    }
}
