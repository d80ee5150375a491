namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>What a controller says about an object, such as why a pod cannot be scheduled.</summary>
internal sealed record Event : KubernetesObject
{
    public ObjectReference InvolvedObject { get; init => field = value ?? new(); } = new();

    public string Reason { get; init => field = value ?? ""; } = "";

    public string Message { get; init => field = value ?? ""; } = "";

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    public int Count { get; init; }

    public DateTimeOffset? LastTimestamp { get; init; }

    public DateTimeOffset? EventTime { get; init; }
}

internal sealed record ObjectReference
{
    public string Kind { get; init => field = value ?? ""; } = "";

    public string Namespace { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public string Uid { get; init => field = value ?? ""; } = "";
}
