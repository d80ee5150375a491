namespace LabOrchestrator.Kubernetes.Api.Objects;

internal sealed record Namespace : KubernetesObject
{
    public NamespaceStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record NamespaceStatus
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    public string Phase { get; init; } = "";

    /// <summary>While terminating they name what blocks it, such as <c>NamespaceContentRemaining</c>.</summary>
    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];
}
