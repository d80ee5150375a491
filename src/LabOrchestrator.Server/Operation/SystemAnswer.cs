using LabOrchestrator.Labs;

namespace LabOrchestrator.Server.Operation;

/// <summary>The state of the installation.</summary>
public sealed record SystemAnswer
{
    /// <summary>Its identity, which all its objects in engines carry.</summary>
    public required string Installation { get; init; }

    /// <summary>Version of the server.</summary>
    public required string Version { get; init; }

    /// <summary>The engines.</summary>
    public required IReadOnlyList<RuntimeAnswer> Runtimes { get; init; }

    /// <summary>How many instances live, at most 1,000.</summary>
    public required int LiveInstances { get; init; }

    /// <summary>The instances that wait for room, the next one first.</summary>
    public required IReadOnlyList<QueuedAnswer> Queue { get; init; }

    /// <summary>What engines hold and the database does not know.</summary>
    public required IReadOnlyList<OrphanAnswer> Orphans { get; init; }

    /// <summary>Folders of labs that could not be imported.</summary>
    public required IReadOnlyList<FailedFolderAnswer> FailedFolders { get; init; }

    /// <summary>Folders of labs that were imported and that a runtime of this server lacks something for.</summary>
    public required IReadOnlyList<WarnedFolderAnswer> WarnedFolders { get; init; }
}

/// <summary>An engine.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsReady">Whether instances can be started now.</param>
/// <param name="Reason">If not, why, and what to do.</param>
/// <param name="MemoryBytes">Memory that it may give to machines; null when unknown.</param>
/// <param name="FreeDiskBytes">Free disk where machines' disks grow; null when unknown.</param>
/// <param name="Capabilities">What it can do.</param>
public sealed record RuntimeAnswer(
    string Name, bool IsReady, string? Reason, long? MemoryBytes, long? FreeDiskBytes, IReadOnlyList<string> Capabilities);

/// <summary>An instance that waits.</summary>
/// <param name="Place">Its place, 1 for the next.</param>
/// <param name="InstanceId">The instance.</param>
/// <param name="LabName">The lab's key.</param>
/// <param name="OwnerId">Who started it.</param>
/// <param name="Reason">What it waits for.</param>
public sealed record QueuedAnswer(int Place, long InstanceId, string LabName, long OwnerId, string? Reason);

/// <summary>What an engine holds and the database does not know.</summary>
/// <param name="Runtime">The engine.</param>
/// <param name="InstanceId">The instance that it was.</param>
/// <param name="SeenAt">When it was first seen (UTC).</param>
/// <param name="DeletedAt">When it will be deleted (UTC).</param>
/// <param name="Machines">Its machines.</param>
/// <param name="IsRunning">Whether some of them run on, because the engine could not freeze them.</param>
/// <param name="RunningMachines">Those that run on.</param>
public sealed record OrphanAnswer(
    string Runtime, long InstanceId, DateTimeOffset SeenAt, DateTimeOffset DeletedAt, IReadOnlyList<string> Machines, bool IsRunning, IReadOnlyList<string> RunningMachines);

/// <summary>A folder of a lab that could not be imported.</summary>
/// <param name="Folder">Its path.</param>
/// <param name="Mistakes">Why.</param>
public sealed record FailedFolderAnswer(string Folder, IReadOnlyList<LabMistake> Mistakes);

/// <summary>A folder of a lab that cannot be started on every runtime.</summary>
/// <param name="Folder">Its path.</param>
/// <param name="Warnings">What which runtime lacks for it.</param>
public sealed record WarnedFolderAnswer(string Folder, IReadOnlyList<LabWarning> Warnings);
