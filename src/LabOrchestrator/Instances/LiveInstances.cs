using System.Collections.Immutable;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>
/// The live instances in memory, with the newest status of each: what admission counts, what watchers get, where percentages live.
/// The reconciler is the only writer of statuses; the store keeps them without what changes many times a second.
/// </summary>
internal sealed class LiveInstances(LabInstanceFeed feed, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, LabInstance> _live = [];

    /// <summary>Takes in an instance that is new, or was just read from the store; a newer status that is here already stays.</summary>
    public LabInstance Put(LabInstance instance)
    {
        lock (_lock)
        {
            var known = _live.GetValueOrDefault(instance.Id);
            if (known is not null)
            {
                instance = instance with
                {
                    Status = known.Status.Version > instance.Status.Version ? known.Status : instance.Status,
                    Credentials = instance.Credentials.IsDefaultOrEmpty ? known.Credentials : instance.Credentials,
                };
                if (known.Revision > instance.Revision)
                {
                    instance = known with { Status = instance.Status };
                }
            }

            return Set(instance);
        }
    }

    /// <summary>The instance as it is known here, or null when it is not live.</summary>
    public LabInstance? Find(long id)
    {
        lock (_lock)
        {
            return _live.GetValueOrDefault(id);
        }
    }

    /// <summary>All live instances of a runtime, in order of identity.</summary>
    public IReadOnlyList<LabInstance> Of(string runtime)
    {
        lock (_lock)
        {
            return [.. _live.Values.Where(i => i.Runtime == runtime)];
        }
    }

    /// <summary>The statuses of the instances that a user is a member of, or of all.</summary>
    public Dictionary<long, LabInstanceStatus> StatusesFor(long? memberId)
    {
        lock (_lock)
        {
            return _live.Values.Where(i => memberId is not { } user || i.RoleOf(user) is not null).ToDictionary(i => i.Id, i => i.Status);
        }
    }

    /// <summary>Changes a status; returns it when it became another one.</summary>
    public LabInstanceStatus? Change(long id, Func<LabInstanceStatus, LabInstanceStatus> change)
    {
        lock (_lock)
        {
            if (!_live.TryGetValue(id, out var instance))
            {
                return null;
            }

            var changed = change(instance.Status);
            if (changed.Phase != instance.Status.Phase)
            {
                changed = changed with { PhaseSince = time.GetUtcNow() };
            }

            if (SameAs(changed, instance.Status))
            {
                return null;
            }

            changed = changed with { Version = instance.Status.Version + 1 };
            Set(instance with { Status = changed });
            return changed;
        }
    }

    /// <summary>Changes the stage of one machine; while it starts, a stage never goes back.</summary>
    public void Progress(long id, MachineProgress progress) => Change(id, status => status with
    {
        Machines = [.. status.Machines.Select(m => m.Name == progress.Machine && !IsBehind(m, progress.Stage)
            ? m with { Phase = MachinePhase.Starting, Stage = progress.Stage, Percent = progress.Percent, Reason = progress.Reason, AgentConnected = null }
            : m)],
    });

    // What was on or off begins anew. A place may be looked for until it boots.
    private static bool IsBehind(MachineStatus machine, MachineStage stage) =>
        machine.Phase is MachinePhase.Pending or MachinePhase.Starting
        && (stage == MachineStage.Place ? machine.Stage >= MachineStage.Boot : machine.Stage > stage);

    private LabInstance Set(LabInstance instance)
    {
        var wasQueued = _live.TryGetValue(instance.Id, out var before) && before.Status.Phase == InstancePhase.Queued;
        var isQueued = instance.Status.Phase == InstancePhase.Queued;
        if (instance.IsLive)
        {
            _live[instance.Id] = instance;
        }
        else
        {
            _live.Remove(instance.Id);
        }

        if (wasQueued != isQueued || (isQueued && before is null))
        {
            NumberQueue(instance.Runtime);
            instance = _live.GetValueOrDefault(instance.Id, instance);
        }

        feed.Publish(new LabInstanceSnapshot(instance));
        if (!instance.IsLive)
        {
            feed.Forget(instance.Id);
        }

        return instance;
    }

    private void NumberQueue(string runtime)
    {
        var place = 0;
        foreach (var queued in _live.Values.Where(i => i.Runtime == runtime && i.Status.Phase == InstancePhase.Queued).ToList())
        {
            place++;
            if (queued.Status.QueuePlace != place)
            {
                var numbered = queued with
                {
                    Status = queued.Status with { QueuePlace = place, Version = queued.Status.Version + 1 },
                };
                _live[queued.Id] = numbered;
                feed.Publish(new LabInstanceSnapshot(numbered));
            }
        }
    }

    private static bool SameAs(LabInstanceStatus a, LabInstanceStatus b) =>
        a.Phase == b.Phase && a.Reason == b.Reason && a.Remark == b.Remark && a.QueuePlace == b.QueuePlace && SameMachines(a.Machines, b.Machines);

    private static bool SameMachines(ImmutableArray<MachineStatus> a, ImmutableArray<MachineStatus> b) =>
        a.Length == b.Length && a.Zip(b).All(pair =>
            pair.First with { Addresses = [] } == pair.Second with { Addresses = [] }
            && pair.First.Addresses.SequenceEqual(pair.Second.Addresses));
}
