using System.Text.Json.Serialization;
using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Instances;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Server.Instances;

/// <summary>A running lab, with what is observed of it.</summary>
public record InstanceAnswer
{
    /// <summary>Its identity.</summary>
    public required long Id { get; init; }

    /// <summary>Number of this state; a higher one is newer.</summary>
    public required long Version { get; init; }

    /// <summary>The lab.</summary>
    public required long LabId { get; init; }

    /// <summary>The lab's key.</summary>
    public required string LabName { get; init; }

    /// <summary>Content hash of the lab version.</summary>
    public required string LabVersion { get; init; }

    /// <summary>The runtime it belongs to.</summary>
    public required string Runtime { get; init; }

    /// <summary>The user who started it.</summary>
    public required long OwnerId { get; init; }

    /// <summary>The part of the user who asks; null for an admin who is no member.</summary>
    public required InstanceRole? Role { get; init; }

    /// <summary>What it belongs to outside; null for nothing.</summary>
    public required string? Context { get; init; }

    /// <summary>When it was asked for (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What its owner wants.</summary>
    public required DesiredState Desired { get; init; }

    /// <summary>Where it is.</summary>
    public required InstancePhase Phase { get; init; }

    /// <summary>Since when (UTC).</summary>
    public required DateTimeOffset? PhaseSince { get; init; }

    /// <summary>Why, in a sentence; null when there is nothing to say.</summary>
    public required string? Reason { get; init; }

    /// <summary>What its users should know of it as a whole; null when there is nothing to say.</summary>
    public required string? Remark { get; init; }

    /// <summary>Place in the queue, 1 for the next; null when it does not wait.</summary>
    public required int? QueuePlace { get; init; }

    /// <summary>Its machines, in the lab's order.</summary>
    public required IReadOnlyList<MachineAnswer> Machines { get; init; }
}

/// <summary>A machine of a running lab.</summary>
public record MachineAnswer
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its phase.</summary>
    public required MachinePhase Phase { get; init; }

    /// <summary>Stage while it starts; null otherwise.</summary>
    public required MachineStage? Stage { get; init; }

    /// <summary>How much of the stage is done, 0 to 100; null when unknown.</summary>
    public required int? Percent { get; init; }

    /// <summary>Why it is in that phase.</summary>
    public required string? Reason { get; init; }

    /// <summary>What its users should know.</summary>
    public required string? Remark { get; init; }

    /// <summary>Its addresses.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>Whether the guest agent of a VM that is on is connected; null when it is no such VM, or nobody can tell.</summary>
    public required bool? AgentConnected { get; init; }

    /// <summary>What people read on its tab; only where one instance is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Title { get; init; }

    /// <summary>VM or container; only where one instance is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImageKind? Kind { get; init; }

    /// <summary>Its consoles, the first one shown first; only where one instance is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ConsoleAnswer>? Consoles { get; init; }

    /// <summary>Its logins, for those who may use it; only where one instance is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<CredentialAnswer>? Credentials { get; init; }
}

/// <summary>A console of a machine.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Port">The TCP port of a web console; null for the others.</param>
/// <param name="Tickets">Where a POST gets a ticket that opens it.</param>
public sealed record ConsoleAnswer(string Name, ConsoleKind Kind, int? Port, string Tickets);

/// <summary>A login of a machine.</summary>
/// <param name="Username">The account.</param>
/// <param name="Password">Its password.</param>
public sealed record CredentialAnswer(string Username, string Password);

/// <summary>A running lab with everything that a member may know of it.</summary>
public sealed record InstanceDetailAnswer : InstanceAnswer
{
    /// <summary>What people read of the lab.</summary>
    public required string LabTitle { get; init; }

    /// <summary>Everyone who may see it.</summary>
    public required IReadOnlyList<MemberAnswer> Members { get; init; }
}

/// <summary>Somebody who may see a running lab.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Name">What others read.</param>
/// <param name="Role">What they may do.</param>
public sealed record MemberAnswer(long UserId, string Name, InstanceRole Role);

/// <summary>A phase that a lab came to.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record PhaseAnswer(InstancePhase Phase, string? Reason, DateTimeOffset At);
