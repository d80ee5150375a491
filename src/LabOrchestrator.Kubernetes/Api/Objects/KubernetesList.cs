namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>Objects and the moment that they were seen at.</summary>
/// <param name="Items">The objects.</param>
/// <param name="ResourceVersion">Where a watch goes on from.</param>
/// <param name="Continue">Token of the next page, or null.</param>
internal sealed record KubernetesList<T>(IReadOnlyList<T> Items, string ResourceVersion, string? Continue)
    where T : KubernetesObject;

/// <summary>A list's metadata on the wire.</summary>
internal sealed record ListMetadata
{
    public string ResourceVersion { get; init => field = value ?? ""; } = "";

    public string? Continue { get; init; }
}
