using System.Collections.Immutable;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>What is observed of an instance. Immutable; each change makes a new one with the next <see cref="Version"/>.</summary>
public sealed record LabInstanceStatus
{
    /// <summary>Number of this status; grows by one with each change, so that watchers can tell new from old.</summary>
    public long Version { get; init; }

    /// <summary>Where it is.</summary>
    public InstancePhase Phase { get; init; } = InstancePhase.Queued;

    /// <summary>Why, in a sentence for its owner; null when there is nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>What its users should know of it as a whole; null when there is nothing to say.</summary>
    public string? Remark { get; init; }

    /// <summary>Place in the queue, 1 for the next; null when it does not wait.</summary>
    public int? QueuePlace { get; init; }

    /// <summary>Its machines, in the lab's order.</summary>
    public ImmutableArray<MachineStatus> Machines { get; init; } = [];

    /// <summary>When the phase last changed (UTC).</summary>
    public DateTimeOffset? PhaseSince { get; init; }
}

/// <summary>What is observed of a machine.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Phase">Its phase.</param>
public sealed record MachineStatus(string Name, MachinePhase Phase)
{
    /// <summary>Stage while it starts; null otherwise.</summary>
    public MachineStage? Stage { get; init; }

    /// <summary>How much of the stage is done, 0 to 100; never stored.</summary>
    public int? Percent { get; init; }

    /// <summary>Why it is in that phase.</summary>
    public string? Reason { get; init; }

    /// <summary>What its users should know.</summary>
    public string? Remark { get; init; }

    /// <summary>Its addresses.</summary>
    public ImmutableArray<string> Addresses { get; init; } = [];

    /// <summary>What its owner wanted of it when it was last brought up. What is wanted beyond that is under way.</summary>
    public MachineWish Settled { get; init; } = new();

    /// <summary>Whether the guest agent of a VM that is on is connected; null when it is no such VM, or nobody can tell.</summary>
    public bool? AgentConnected { get; init; }
}

/// <summary>Phase of an instance.</summary>
public enum InstancePhase
{
    /// <summary>Waits for room or for the engine.</summary>
    Queued,

    /// <summary>Being made.</summary>
    Starting,

    /// <summary>All machines that are wanted were brought up.</summary>
    Running,

    /// <summary>Frozen.</summary>
    Paused,

    /// <summary>Being removed.</summary>
    Stopping,

    /// <summary>Gone, disks included.</summary>
    Stopped,

    /// <summary>Could not be made; nothing of it is left in the engine.</summary>
    Failed,
}

/// <summary>An instance with its status at one moment; what watchers get.</summary>
/// <param name="Instance">The instance.</param>
public sealed record LabInstanceSnapshot(LabInstance Instance)
{
    /// <summary>Version of the status.</summary>
    public long Version => Instance.Status.Version;
}
