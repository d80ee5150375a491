using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Api.Watching;

internal enum WatchEventType
{
    Added,
    Modified,
    Deleted,

    /// <summary>Nothing happened; the object holds only how far the watch has come.</summary>
    Bookmark,
}

/// <summary>One thing that happened to objects.</summary>
/// <param name="Type">What.</param>
/// <param name="Object">The object afterwards; a deleted one as it was last.</param>
internal sealed record WatchEvent<T>(WatchEventType Type, T Object)
    where T : KubernetesObject;
