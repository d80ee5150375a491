using System.Collections.Immutable;

namespace LabOrchestrator.Runtimes;

/// <summary>What an engine holds of an instance.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Machines">Its machines, in no order; those never created are missing.</param>
public sealed record ObservedInstance(long InstanceId, ImmutableArray<ObservedMachine> Machines)
{
    /// <summary>When the engine made the first object of it (UTC); null when unknown.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>What its users should know of it as a whole, for example what the engine lost and had to be made again.</summary>
    public string? Remark { get; init; }
}

/// <summary>What an engine sees of a machine.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Phase">Its phase.</param>
public sealed record ObservedMachine(string Name, MachinePhase Phase)
{
    /// <summary>Why it is in that phase, in the engine's words, with the tail of the machine's log where it helps.</summary>
    public string? Reason { get; init; }

    /// <summary>Its addresses, in order of its cards.</summary>
    public ImmutableArray<string> Addresses { get; init; } = [];

    /// <summary>Digest the image was resolved to; null where it has none by which the engine finds it again.</summary>
    public string? ImageDigest { get; init; }

    /// <summary>What users of the machine should know, for example that it runs in software emulation.</summary>
    public string? Remark { get; init; }

    /// <summary>Whether the guest agent of a VM that is on is connected; null when it is no such VM, or nobody can tell.</summary>
    public bool? AgentConnected { get; init; }
}

/// <summary>Phase of a machine.</summary>
public enum MachinePhase
{
    /// <summary>Not there yet.</summary>
    Pending,

    /// <summary>Being made; see the stage.</summary>
    Starting,

    /// <summary>Running, its consoles answer.</summary>
    Running,

    /// <summary>Frozen with its memory.</summary>
    Paused,

    /// <summary>Powered off by a user; its disk is kept.</summary>
    PoweredOff,

    /// <summary>Ended by itself or could not start; its disk is kept, and it can be restarted.</summary>
    Failed,
}

/// <summary>
/// Where a starting machine is. The same words on every runtime, in this order; an engine of one computer has no <see cref="Place"/>, and
/// one that prepares disks before it looks for a place comes to it later.
/// </summary>
public enum MachineStage
{
    /// <summary>The instance waits for room.</summary>
    Queue,

    /// <summary>It waits until a computer of the cluster takes it; the reason says why none does.</summary>
    Place,

    /// <summary>The image is fetched.</summary>
    Image,

    /// <summary>Its disk is prepared.</summary>
    Disk,

    /// <summary>It boots.</summary>
    Boot,

    /// <summary>Its consoles answer.</summary>
    ConsoleReady,
}

/// <summary>Progress of a machine while it starts.</summary>
/// <param name="Machine">Its name.</param>
/// <param name="Stage">Where it is.</param>
/// <param name="Percent">How much of the stage is done, 0 to 100; null when unknown.</param>
public sealed record MachineProgress(string Machine, MachineStage Stage, int? Percent = null)
{
    /// <summary>What it waits for, in the engine's words; null when it goes on.</summary>
    public string? Reason { get; init; }
}
