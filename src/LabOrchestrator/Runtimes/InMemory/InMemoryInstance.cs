using LabOrchestrator.Images;

namespace LabOrchestrator.Runtimes.InMemory;

/// <summary>The machines of one instance.</summary>
internal sealed class InMemoryInstance(long id, DateTimeOffset createdAt) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, InMemoryMachine> _machines = [];

    public bool IsUpToDate(MachineSpec spec)
    {
        lock (_lock)
        {
            return _machines.TryGetValue(spec.Name, out var machine) && machine.IsUpToDate(spec);
        }
    }

    /// <summary>Makes a machine what the specification says; true when something changed.</summary>
    /// <param name="spec">What is wanted.</param>
    /// <param name="isLost">A machine that is not there was lost.</param>
    public bool Bring(MachineSpec spec, bool isLost)
    {
        lock (_lock)
        {
            if (_machines.TryGetValue(spec.Name, out var machine))
            {
                return machine.Bring(spec);
            }

            _machines[spec.Name] = new InMemoryMachine(spec, isLost);
            return true;
        }
    }

    public InMemoryMachine? Find(string machine)
    {
        lock (_lock)
        {
            return _machines.GetValueOrDefault(machine);
        }
    }

    public bool Freeze(bool frozen, bool areContainers)
    {
        lock (_lock)
        {
            var changed = false;
            foreach (var machine in _machines.Values.Where(m => areContainers || m.Spec.Definition.Kind == ImageKind.Vm))
            {
                changed |= machine.Freeze(frozen);
            }

            return changed;
        }
    }

    public bool Kill(string machine, string reason)
    {
        lock (_lock)
        {
            return _machines.TryGetValue(machine, out var found) && found.Kill(reason);
        }
    }

    public bool Lose(string machine)
    {
        lock (_lock)
        {
            if (!_machines.Remove(machine, out var found))
            {
                return false;
            }

            found.PowerDown();
            return true;
        }
    }

    public ObservedInstance Observe()
    {
        lock (_lock)
        {
            return new ObservedInstance(id, [.. _machines.Values.Select((m, i) => m.Observe($"192.0.2.{i + 10}"))]) { CreatedAt = createdAt };
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var machine in _machines.Values)
            {
                machine.PowerDown();
            }
        }
    }
}
