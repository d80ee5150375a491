namespace LabOrchestrator.Runtimes;

/// <summary>Whether a runtime can start instances now.</summary>
/// <param name="IsReady">True when it can.</param>
/// <param name="Reason">If not, what is the matter and what to do, in a sentence for an admin.</param>
/// <param name="MemoryBytes">Memory the engine may give to machines; null when unknown.</param>
/// <param name="FreeDiskBytes">Free disk where machines' disks grow; null when unknown.</param>
public sealed record RuntimeReadiness(bool IsReady, string? Reason = null, long? MemoryBytes = null, long? FreeDiskBytes = null);
