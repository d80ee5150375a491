using System.Collections.Concurrent;

namespace LabOrchestrator.Runtimes.InMemory;

/// <summary>Faults that an <see cref="InMemoryLabRuntime"/> shows on demand.</summary>
public sealed class InMemoryFaults
{
    private readonly ConcurrentDictionary<string, string> _failingImages = new();
    private volatile bool _isAway;

    /// <summary>Whether the engine is away.</summary>
    public bool IsAway
    {
        get => _isAway;
        set => _isAway = value;
    }

    /// <summary>Memory the engine reports, in bytes; null for unknown.</summary>
    public long? MemoryBytes { get; set; }

    /// <summary>Free disk the engine reports, in bytes; null for unknown.</summary>
    public long? FreeDiskBytes { get; set; }

    /// <summary>How long each stage of a start takes.</summary>
    public TimeSpan StageTime { get; set; }

    /// <summary>Makes each start of an image of this name fail with that reason; null ends it.</summary>
    public void FailImage(string name, string? reason)
    {
        if (reason is null)
        {
            _failingImages.TryRemove(name, out _);
        }
        else
        {
            _failingImages[name] = reason;
        }
    }

    internal async Task ReachAsync(MachineSpec machine, MachineStage stage, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (StageTime > TimeSpan.Zero)
        {
            await Task.Delay(StageTime, time, cancellationToken).ConfigureAwait(false);
        }

        if (stage == MachineStage.Image && _failingImages.TryGetValue(machine.Image.Name, out var reason))
        {
            throw new InstanceFailedException(reason, machine.Name);
        }
    }
}
