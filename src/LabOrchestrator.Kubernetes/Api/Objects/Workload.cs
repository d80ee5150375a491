namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>A Deployment or StatefulSet.</summary>
internal sealed record Workload : KubernetesObject
{
    public WorkloadStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record WorkloadStatus
{
    public long ObservedGeneration { get; init; }

    public int Replicas { get; init; }

    public int ReadyReplicas { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];
}
