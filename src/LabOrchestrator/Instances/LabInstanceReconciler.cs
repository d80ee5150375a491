using LabOrchestrator.Images;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Stores;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Instances;

/// <summary>
/// Brings one instance from what it is to what is wanted. Level-triggered: it reads the present wish, asks the runtime for all of it,
/// and says when to look again. The only writer of statuses, and the only caller of the engine's changing verbs.
/// </summary>
internal sealed partial class LabInstanceReconciler(
    InstanceEngine engine, ILabInstanceStore store, ILabStore labs, IImageStore images, AdmissionDesk desk, ILogger<LabInstanceReconciler> logger)
{
    /// <summary>Tries for an unexpected error before an instance counts as failed.</summary>
    internal const int MostAttempts = 3;

    private readonly FailureCounts _failures = new();

    /// <summary>Looks at an instance once. Returns when to look again; null when something else will say so.</summary>
    public async Task<TimeSpan?> ReconcileAsync(long id, CancellationToken cancellationToken)
    {
        LabInstance? instance = null;
        try
        {
            instance = await store.FindAsync(id, cancellationToken).ConfigureAwait(false);
            if (instance is null)
            {
                return null;
            }

            instance = instance.IsLive ? engine.Live.Put(instance) : instance;
            TimeSpan? again = null;
            await engine.WorkAsync(id, async token => again = await StepAsync(instance, token).ConfigureAwait(false), cancellationToken)
                .ConfigureAwait(false);
            if (engine.Live.Find(id)?.Desired == DesiredState.Stopped)
            {
                await EndAsync(engine.Live.Find(id)!, InstancePhase.Stopped, null, cancellationToken).ConfigureAwait(false);
            }

            _failures.Clear(id);
            return again;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }
        catch (StoreUnavailableException e)
        {
            LogStoreAway(logger, id, e.Message);
            return _failures.NextDelay(id);
        }
        catch (RuntimeUnavailableException e)
        {
            return instance is null ? _failures.NextDelay(id) : await EngineAwayAsync(instance, e).ConfigureAwait(false);
        }
        catch (InstanceFailedException e) when (instance is not null)
        {
            return await FailedAsync(instance, e, cancellationToken).ConfigureAwait(false);
        }
        catch (MachineLostException e) when (instance is not null)
        {
            return await FailedAsync(instance, new InstanceFailedException(e.Message, null, e), cancellationToken, isEnd: true).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && instance is not null)
        {
            LogUnexpected(logger, e, id);
            return await UnexpectedAsync(instance, e, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<TimeSpan?> StepAsync(LabInstance instance, CancellationToken cancellationToken)
    {
        if (!instance.IsLive)
        {
            // Its end was stored before the last objects were gone, or they came back with a restored engine.
            if (engine.Runtimes.Find(instance.Runtime) is { } of)
            {
                await of.DeleteAsync(instance.Id, cancellationToken).ConfigureAwait(false);
            }

            return null;
        }

        if (engine.Runtimes.Find(instance.Runtime) is not { } runtime)
        {
            Publish(instance.Id, s => s with { Reason = $"The runtime \"{instance.Runtime}\" is not configured on this server." });
            return TimeSpan.FromMinutes(1);
        }

        if (instance.Desired == DesiredState.Stopped)
        {
            return null;
        }

        if (instance.Status.Phase == InstancePhase.Queued)
        {
            if (await desk.AdmitAsync(instance, cancellationToken).ConfigureAwait(false) is { } wait)
            {
                return wait;
            }

            await SaveAsync(instance.Id, cancellationToken).ConfigureAwait(false);
        }

        var observed = await ApplyAsync(instance, runtime, cancellationToken).ConfigureAwait(false);
        await SettleAsync(instance, runtime, observed, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async Task<ObservedInstance> ApplyAsync(LabInstance instance, ILabRuntime runtime, CancellationToken cancellationToken)
    {
        var lab = await labs.FindDefinitionAsync(instance.LabId, instance.LabVersion, cancellationToken).ConfigureAwait(false)
            ?? throw new InstanceFailedException("The lab version of this instance is no longer stored. Import the lab again and start anew.");
        var catalogue = await images.ListAsync(cancellationToken).ConfigureAwait(false);
        var spec = InstanceSpecs.Build(instance, lab, catalogue);
        var observed = await runtime.ApplyAsync(spec, new StageProgress(engine.Live, instance.Id), cancellationToken).ConfigureAwait(false);
        var digests = observed.Machines
            .Where(m => m.ImageDigest is not null)
            .Aggregate(instance.ImageDigests, (all, m) => all.ContainsKey(m.Name) ? all : all.Add(m.Name, m.ImageDigest!));
        if (digests.Count != instance.ImageDigests.Count)
        {
            await store.SaveImageDigestsAsync(instance.Id, digests, cancellationToken).ConfigureAwait(false);
        }

        if (instance.Desired == DesiredState.Paused)
        {
            return await runtime.PauseAsync(instance.Id, cancellationToken).ConfigureAwait(false);
        }

        return observed.Machines.Any(m => m.Phase == MachinePhase.Paused)
            ? await runtime.ResumeAsync(instance.Id, cancellationToken).ConfigureAwait(false)
            : observed;
    }

    private async Task SettleAsync(LabInstance instance, ILabRuntime runtime, ObservedInstance observed, CancellationToken cancellationToken)
    {
        var phase = instance.Desired == DesiredState.Paused ? InstancePhase.Paused : InstancePhase.Running;
        var machines = observed.Machines.ToDictionary(m => m.Name);
        Publish(instance.Id, status => status with
        {
            Phase = phase,
            Reason = null,
            Remark = observed.Remark,
            QueuePlace = null,
            Machines = [.. status.Machines.Select(m => machines.TryGetValue(m.Name, out var seen) ? Seen(seen, WishOf(instance, m)) : Missing(m))],
        });
        await SaveAsync(instance.Id, cancellationToken).ConfigureAwait(false);
        LogSettled(logger, instance.Id, phase, runtime.Name);
    }

    private async Task<TimeSpan?> EngineAwayAsync(LabInstance instance, RuntimeUnavailableException e)
    {
        engine.Health.Invalidate(instance.Runtime);
        Publish(instance.Id, s => s with { Reason = $"Waiting for the engine: {e.Message}" });
        LogEngineAway(logger, instance.Id, e.Message);
        await Task.CompletedTask.ConfigureAwait(false);
        return _failures.NextDelay(instance.Id);
    }

    private async Task<TimeSpan?> UnexpectedAsync(LabInstance instance, Exception e, CancellationToken cancellationToken)
    {
        var delay = _failures.NextDelay(instance.Id);
        if (_failures.Of(instance.Id) < MostAttempts || instance.Desired == DesiredState.Stopped)
        {
            Publish(instance.Id, s => s with { Reason = $"Trying again: {e.Message}" });
            return delay;
        }

        return await FailedAsync(instance, new InstanceFailedException(e.Message, null, e), cancellationToken).ConfigureAwait(false);
    }

    private async Task<TimeSpan?> FailedAsync(
        LabInstance instance, InstanceFailedException e, CancellationToken cancellationToken, bool isEnd = false)
    {
        LogFailed(logger, instance.Id, e.Message);
        var now = engine.Live.Find(instance.Id) ?? instance;
        if (!isEnd && now.Status.Phase is (InstancePhase.Running or InstancePhase.Paused))
        {
            // It ran before: its disks are somebody's work. It stays, and says what could not be done.
            Publish(instance.Id, s => s with
            {
                Reason = e.Message,
                Machines = [.. s.Machines.Select(m => m.Name == e.Machine
                    ? m with { Phase = MachinePhase.Failed, Stage = null, Percent = null, Reason = e.Message }
                    : m)],
            });
            await TrySaveAsync(instance.Id, cancellationToken).ConfigureAwait(false);
            return null;
        }

        try
        {
            await EndAsync(now, InstancePhase.Failed, e, cancellationToken).ConfigureAwait(false);
            _failures.Clear(instance.Id);
            return null;
        }
        catch (Exception again) when (again is RuntimeUnavailableException or StoreUnavailableException)
        {
            return _failures.NextDelay(instance.Id);
        }
    }

    /// <summary>Removes everything of an instance from its engine, and only then says that it has ended.</summary>
    private async Task EndAsync(LabInstance instance, InstancePhase end, InstanceFailedException? cause, CancellationToken cancellationToken)
    {
        if (end == InstancePhase.Stopped)
        {
            Publish(instance.Id, s => s with { Phase = InstancePhase.Stopping, Reason = null, QueuePlace = null });
        }

        if (engine.Runtimes.Find(instance.Runtime) is { } runtime)
        {
            await runtime.DeleteAsync(instance.Id, cancellationToken).ConfigureAwait(false);
        }

        var ended = engine.Live.Find(instance.Id)?.Status ?? instance.Status;
        ended = ended with
        {
            Phase = end,
            Reason = cause is null ? null : cause.Machine is null ? cause.Message : $"{cause.Machine}: {cause.Message}",
            Remark = null,
            QueuePlace = null,
            Version = ended.Version + 1,
            Machines = [.. ended.Machines.Select(m => m.Name == cause?.Machine
                ? new MachineStatus(m.Name, MachinePhase.Failed) { Reason = cause.Message }
                : new MachineStatus(m.Name, MachinePhase.Pending))],
        };
        await desk.SaveEndAsync(instance.Id, ended, cancellationToken).ConfigureAwait(false);
        Publish(instance.Id, _ => ended);
        desk.RoomWasMade(instance.Runtime);
    }

    private async Task SaveAsync(long id, CancellationToken cancellationToken)
    {
        if (engine.Live.Find(id) is { } live)
        {
            await desk.SaveAsync(live, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task TrySaveAsync(long id, CancellationToken cancellationToken)
    {
        try
        {
            await SaveAsync(id, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e)
        {
            LogStoreAway(logger, id, e.Message);
        }
    }

    private void Publish(long id, Func<LabInstanceStatus, LabInstanceStatus> change) => engine.Live.Change(id, change);

    private static MachineWish WishOf(LabInstance instance, MachineStatus machine) => instance.Machines.GetValueOrDefault(machine.Name) ?? machine.Settled;

    private static MachineStatus Seen(ObservedMachine machine, MachineWish wish) => new(machine.Name, machine.Phase)
    {
        Settled = wish,
        Reason = machine.Reason,
        Remark = machine.Remark,
        Addresses = machine.Addresses,
        AgentConnected = machine.AgentConnected,
        Stage = machine.Phase == MachinePhase.Running ? MachineStage.ConsoleReady : null,
    };

    private static MachineStatus Missing(MachineStatus machine) =>
        new(machine.Name, MachinePhase.Failed) { Settled = machine.Settled, Reason = "The engine no longer has this machine. Restart it to have it made again." };
}
