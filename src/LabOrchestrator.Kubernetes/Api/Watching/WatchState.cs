namespace LabOrchestrator.Kubernetes.Api.Watching;

/// <summary>How a watched collection stands to the cluster.</summary>
/// <param name="IsSynced">The objects were listed at least once.</param>
/// <param name="Failure">Why it does not see changes now, or null while it does.</param>
/// <param name="Since">Since when it is so.</param>
internal sealed record WatchState(bool IsSynced, Exception? Failure, DateTimeOffset Since);
