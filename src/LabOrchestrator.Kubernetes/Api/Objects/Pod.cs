using System.Text.Json.Serialization;

namespace LabOrchestrator.Kubernetes.Api.Objects;

internal sealed record Pod : KubernetesObject
{
    public PodSpec Spec { get; init => field = value ?? new(); } = new();

    public PodStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record PodSpec
{
    /// <summary>Null until it is scheduled.</summary>
    public string? NodeName { get; init; }

    public PodNames DnsConfig { get; init => field = value ?? new(); } = new();

    public IReadOnlyList<NamedImage> Containers { get; init => field = value ?? []; } = [];
}

/// <param name="Name">Name of the container.</param>
/// <param name="Image">Reference of its image.</param>
internal sealed record NamedImage(string Name, string? Image);

/// <summary>Where a pod asks for names.</summary>
internal sealed record PodNames
{
    public IReadOnlyList<string> Nameservers { get; init => field = value ?? []; } = [];
}

internal sealed record PodStatus
{
    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string Phase { get; init; } = "";

    public string? Reason { get; init; }

    public string? Message { get; init; }

    /// <summary>Address of the pod as the cluster knows it, or null.</summary>
    [JsonPropertyName("podIP")]
    public string? PodIp { get; init; }

    [JsonPropertyName("podIPs")]
    public IReadOnlyList<PodAddress> PodIps { get; init => field = value ?? []; } = [];

    public DateTimeOffset? StartTime { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];

    public IReadOnlyList<ContainerStatus> InitContainerStatuses { get; init => field = value ?? []; } = [];

    public IReadOnlyList<ContainerStatus> ContainerStatuses { get; init => field = value ?? []; } = [];
}

internal sealed record PodAddress(string Ip);

internal sealed record ContainerStatus
{
    public string Name { get; init; } = "";

    public bool Ready { get; init; }

    public bool? Started { get; init; }

    public int RestartCount { get; init; }

    /// <summary>The image as resolved by the node: with its digest where a registry gave it.</summary>
    [JsonPropertyName("imageID")]
    public string? ImageId { get; init; }

    public ContainerState State { get; init => field = value ?? new(); } = new();

    public ContainerState LastState { get; init => field = value ?? new(); } = new();
}

/// <summary>At most one of the three is set.</summary>
internal sealed record ContainerState
{
    public ContainerWaiting? Waiting { get; init; }

    public ContainerRunning? Running { get; init; }

    public ContainerTerminated? Terminated { get; init; }
}

internal sealed record ContainerWaiting(string? Reason, string? Message);

internal sealed record ContainerRunning(DateTimeOffset? StartedAt);

internal sealed record ContainerTerminated(int ExitCode, string? Reason, string? Message, DateTimeOffset? FinishedAt);
