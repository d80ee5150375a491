namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>CDI's volume that is filled from a source.</summary>
internal sealed record DataVolume : KubernetesObject
{
    public DataVolumeStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record DataVolumeStatus
{
    /// <summary>Such as <c>ImportInProgress</c>, <c>UploadReady</c>, <c>Succeeded</c>, <c>Failed</c>; empty at first.</summary>
    public string Phase { get; init => field = value ?? ""; } = "";

    /// <summary><c>NN.NN%</c> or <c>N/A</c>.</summary>
    public string? Progress { get; init; }

    public int RestartCount { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];
}
