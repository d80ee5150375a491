using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LabOrchestrator.Consoles;
using LabOrchestrator.Consoles.Pictures;
using LabOrchestrator.Images;

namespace LabOrchestrator.Runtimes.InMemory;

/// <summary>
/// A runtime without an engine, for trying out the page, for programs under test, and for our own tests. Machines are objects in
/// memory: a VM's screen shows what is typed, a terminal is a small line shell, and both survive what real ones survive.
/// </summary>
public sealed class InMemoryLabRuntime(TimeProvider time) : ILabRuntime, IPartialPause, IMachineConsoles, IMachineCommands, IMachinePorts, IMachineScreenshots
{
    private readonly ConcurrentDictionary<long, InMemoryInstance> _instances = new();
    private readonly Lock _watchersLock = new();
    private readonly List<Channel<long?>> _watchers = [];

    /// <inheritdoc/>
    public string Name { get; init; } = "memory";

    /// <inheritdoc/>
    public RuntimeCapabilities Capabilities { get; init; } = new(
    [
        RuntimeCapabilities.VirtualMachines, RuntimeCapabilities.Containers, RuntimeCapabilities.Pause,
        RuntimeCapabilities.PauseVirtualMachines, RuntimeCapabilities.SeveralNetworks, RuntimeCapabilities.Screenshots,
    ]);

    /// <summary>Faults to cause.</summary>
    public InMemoryFaults Faults { get; } = new();

    /// <summary>What listens on the machines' ports.</summary>
    public InMemoryPorts Ports { get; } = new();

    /// <inheritdoc/>
    public Task<RuntimeReadiness> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(
        Faults.IsAway ? new RuntimeReadiness(false, "The in-memory engine is away.") : new RuntimeReadiness(true, null, Faults.MemoryBytes, Faults.FreeDiskBytes));

    /// <inheritdoc/>
    public async Task<ObservedInstance> ApplyAsync(InstanceSpec instance, IProgress<MachineProgress> progress, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        var held = _instances.GetOrAdd(instance.InstanceId, id => new InMemoryInstance(id, time.GetUtcNow()));
        var changed = false;
        foreach (var spec in instance.Machines)
        {
            if (instance is { HasRun: true, EndsOnLoss: true } && !spec.IsResetting && held.Find(spec.Name) is null)
            {
                throw new MachineLostException(spec.Name);
            }

            var stages = held.IsUpToDate(spec) ? [] : Enum.GetValues<MachineStage>().Where(s => s > MachineStage.Place);
            foreach (var stage in stages)
            {
                progress.Report(new MachineProgress(spec.Name, stage));
                await Faults.ReachAsync(spec, stage, time, cancellationToken).ConfigureAwait(false);
                ThrowIfAway();
                changed |= stage == MachineStage.Boot && held.Bring(spec, isLost: instance.HasRun && !spec.IsResetting);
            }

            changed |= held.Bring(spec, isLost: instance.HasRun && !spec.IsResetting);
        }

        if (changed)
        {
            Changed(instance.InstanceId);
        }

        return held.Observe();
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(long instanceId, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        await Task.Yield();
        if (_instances.TryRemove(instanceId, out var held))
        {
            held.Dispose();
            Changed(instanceId);
        }
    }

    /// <inheritdoc/>
    public Task<ObservedInstance> PauseAsync(long instanceId, CancellationToken cancellationToken) => FreezeAsync(instanceId, frozen: true);

    /// <inheritdoc/>
    public Task<ObservedInstance> PauseWhatCanBeAsync(long instanceId, CancellationToken cancellationToken) =>
        FreezeAsync(instanceId, frozen: true, areContainers: Capabilities.Names.Contains(RuntimeCapabilities.Pause));

    /// <inheritdoc/>
    public Task<ObservedInstance> ResumeAsync(long instanceId, CancellationToken cancellationToken) => FreezeAsync(instanceId, frozen: false);

    /// <inheritdoc/>
    public Task<ObservedInstance?> ObserveAsync(long instanceId, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        return Task.FromResult(_instances.GetValueOrDefault(instanceId)?.Observe());
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ObservedInstance>> ListAsync(CancellationToken cancellationToken)
    {
        ThrowIfAway();
        return Task.FromResult<IReadOnlyList<ObservedInstance>>([.. _instances.Values.Select(i => i.Observe())]);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<long?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var changes = Channel.CreateBounded<long?>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_watchersLock)
        {
            _watchers.Add(changes);
        }

        try
        {
            yield return null;
            await foreach (var id in changes.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return id;
            }
        }
        finally
        {
            lock (_watchersLock)
            {
                _watchers.Remove(changes);
            }
        }
    }

    /// <inheritdoc/>
    public Task<Stream> OpenAsync(long instanceId, string machine, ConsoleDefinition console, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        var found = Running(instanceId, machine);
        return Task.FromResult(console.Kind switch
        {
            ConsoleKind.Graphical when found.Spec.Definition.Kind == ImageKind.Vm => found.Screen.Attach(),
            ConsoleKind.Terminal => found.Terminal.Attach(),
            _ => throw new ConsoleUnavailableException($"The machine \"{machine}\" has no {console.Kind} console."),
        });
    }

    /// <inheritdoc/>
    public Task<CommandResult> RunAsync(long instanceId, string machine, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        return Task.FromResult(Running(instanceId, machine).Terminal.Run(command));
    }

    /// <inheritdoc/>
    public Task<Stream> OpenPortAsync(long instanceId, string machine, int port, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        Running(instanceId, machine);
        return Ports.OpenAsync(machine, port, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<byte[]> ScreenshotAsync(long instanceId, string machine, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        var found = Running(instanceId, machine);
        return found.Spec.Definition.Kind == ImageKind.Vm
            ? await ScreenPicture.TakeAsync(found.Screen.Attach(), TimeProvider.System, cancellationToken).ConfigureAwait(false)
            : throw new ConsoleUnavailableException($"The machine \"{machine}\" has no screen.");
    }

    /// <summary>Ends a machine as if it had died by itself.</summary>
    public void Kill(long instanceId, string machine, string reason)
    {
        if (_instances.TryGetValue(instanceId, out var held) && held.Kill(machine, reason))
        {
            Changed(instanceId);
        }
    }

    /// <summary>Loses an instance as if somebody had deleted it in the engine.</summary>
    public void Lose(long instanceId)
    {
        if (_instances.TryRemove(instanceId, out var held))
        {
            held.Dispose();
            Changed(instanceId);
        }
    }

    /// <summary>Loses a machine as if somebody had deleted it in the engine.</summary>
    public void Lose(long instanceId, string machine)
    {
        if (_instances.TryGetValue(instanceId, out var held) && held.Lose(machine))
        {
            Changed(instanceId);
        }
    }

    private InMemoryMachine Running(long instanceId, string machine) =>
        _instances.GetValueOrDefault(instanceId)?.Find(machine) is { Phase: MachinePhase.Running or MachinePhase.Paused } found
            ? found
            : throw new ConsoleUnavailableException($"The machine \"{machine}\" does not run.");

    private Task<ObservedInstance> FreezeAsync(long instanceId, bool frozen, bool areContainers = true)
    {
        ThrowIfAway();
        if (!_instances.TryGetValue(instanceId, out var held))
        {
            throw new InstanceFailedException("The engine holds nothing of this instance.");
        }

        if (held.Freeze(frozen, areContainers))
        {
            Changed(instanceId);
        }

        return Task.FromResult(held.Observe());
    }

    private void ThrowIfAway()
    {
        if (Faults.IsAway)
        {
            throw new RuntimeUnavailableException("The in-memory engine is away.");
        }
    }

    private void Changed(long id)
    {
        lock (_watchersLock)
        {
            foreach (var watcher in _watchers)
            {
                watcher.Writer.TryWrite(id);
            }
        }
    }
}
