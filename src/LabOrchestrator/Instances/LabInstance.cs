using System.Collections.Immutable;
using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>A running copy of a lab version: what its owner wants of it. What is observed of it is its <see cref="Status"/>.</summary>
public sealed record LabInstance
{
    /// <summary>Identity in the store; 0 before it is added. Queue places follow it.</summary>
    public long Id { get; init; }

    /// <summary>The lab.</summary>
    public required long LabId { get; init; }

    /// <summary>The lab's key when it was started.</summary>
    public required string LabName { get; init; }

    /// <summary>Content hash of the lab version.</summary>
    public required string LabVersion { get; init; }

    /// <summary>First part of its name on a cluster.</summary>
    public required string NamespacePrefix { get; init; }

    /// <summary>Name of the runtime it belongs to.</summary>
    public required string Runtime { get; init; }

    /// <summary>The user who started it.</summary>
    public required long OwnerId { get; init; }

    /// <summary>What it belongs to outside, for example a course or an event; null for nothing.</summary>
    public string? Context { get; init; }

    /// <summary>The client's key that makes a repeated start answer this instance; null for none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>What its owner wants.</summary>
    public DesiredState Desired { get; init; } = DesiredState.Running;

    /// <summary>What its owner wants of single machines; those not in it are wanted running.</summary>
    public ImmutableSortedDictionary<string, MachineWish> Machines { get; init; } =
        ImmutableSortedDictionary<string, MachineWish>.Empty;

    /// <summary>Everyone who may see it, the owner included.</summary>
    public required ImmutableArray<InstanceMember> Members { get; init; }

    /// <summary>Logins of its machines. Stored encrypted.</summary>
    public ImmutableArray<MachineCredential> Credentials { get; init; } = [];

    /// <summary>
    /// Image by machine, as the catalogue had it at the start: what becomes of the catalogue is no concern of a lab that runs. Empty in
    /// lists.
    /// </summary>
    public ImmutableSortedDictionary<string, Image> Images { get; init; } = ImmutableSortedDictionary<string, Image>.Empty;

    /// <summary>Image digest by machine, as first resolved. Empty in lists.</summary>
    public ImmutableSortedDictionary<string, string> ImageDigests { get; init; } =
        ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Memory it takes from the server's limit, in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>When it was asked for (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What is observed of it.</summary>
    public LabInstanceStatus Status { get; init; } = new();

    /// <summary>Grows by one with each change of what is wanted; guards against lost updates.</summary>
    public long Revision { get; init; }

    /// <summary>True until it has stopped or failed for good.</summary>
    public bool IsLive => Status.Phase is not (InstancePhase.Stopped or InstancePhase.Failed);

    /// <summary>The role of a user in it, or null.</summary>
    public InstanceRole? RoleOf(long userId) =>
        Members.Where(m => m.UserId == userId).Select(m => (InstanceRole?)m.Role).FirstOrDefault();
}

/// <summary>What the owner of an instance wants.</summary>
public enum DesiredState
{
    /// <summary>Run.</summary>
    Running,

    /// <summary>Stand still with its memory.</summary>
    Paused,

    /// <summary>End, with its disks deleted.</summary>
    Stopped,
}

/// <summary>What the owner wants of a machine.</summary>
/// <param name="PoweredOn">False when powered off.</param>
/// <param name="BootGeneration">How often a boot was asked for.</param>
/// <param name="ResetGeneration">How often a reset was asked for.</param>
public sealed record MachineWish(bool PoweredOn = true, int BootGeneration = 0, int ResetGeneration = 0);

/// <summary>A user's part in an instance.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Role">What they may do.</param>
public sealed record InstanceMember(long UserId, InstanceRole Role);

/// <summary>What a member may do.</summary>
public enum InstanceRole
{
    /// <summary>Watch.</summary>
    Observer,

    /// <summary>Watch and use the machines.</summary>
    Member,

    /// <summary>Also stop, pause and reset it, and invite others.</summary>
    Owner,
}
