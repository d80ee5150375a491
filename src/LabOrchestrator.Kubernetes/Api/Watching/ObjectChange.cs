using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Api.Watching;

/// <summary>A change of a watched collection.</summary>
/// <param name="Before">As it was, or null when it is new.</param>
/// <param name="After">As it is, or null when it is gone.</param>
internal readonly record struct ObjectChange<T>(T? Before, T? After)
    where T : KubernetesObject
{
    /// <summary>The object, or what it was last.</summary>
    public T Object => After ?? Before!;
}
