using System.Text.Json.Serialization;

namespace LabOrchestrator.Kubernetes.Api.Objects;

internal sealed record Service : KubernetesObject
{
    public ServiceSpec Spec { get; init => field = value ?? new(); } = new();
}

internal sealed record ServiceSpec
{
    public string Type { get; init; } = "";

    /// <summary>The address, <c>None</c> for a headless service, or null.</summary>
    [JsonPropertyName("clusterIP")]
    public string? ClusterIp { get; init; }

    public IReadOnlyDictionary<string, string> Selector { get; init => field = value ?? Nothing.Strings; } = Nothing.Strings;
}

internal sealed record ConfigMap : KubernetesObject
{
    public IReadOnlyDictionary<string, string> Data { get; init => field = value ?? Nothing.Strings; } = Nothing.Strings;
}

/// <summary>Its values never appear in <see cref="object.ToString"/>.</summary>
internal sealed record Secret : KubernetesObject
{
    public string Type { get; init; } = "";

    /// <summary>Decoded values.</summary>
    public IReadOnlyDictionary<string, byte[]> Data { get; init => field = value ?? new Dictionary<string, byte[]>(); } = new Dictionary<string, byte[]>();
}

internal sealed record PersistentVolumeClaim : KubernetesObject
{
    public PersistentVolumeClaimSpec Spec { get; init => field = value ?? new(); } = new();

    public PersistentVolumeClaimStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record PersistentVolumeClaimSpec
{
    public string? StorageClassName { get; init; }

    public string? VolumeName { get; init; }
}

internal sealed record PersistentVolumeClaimStatus
{
    /// <summary><c>Pending</c>, <c>Bound</c> or <c>Lost</c>.</summary>
    public string Phase { get; init; } = "";

    /// <summary>By resource, as quantities such as <c>10Gi</c>.</summary>
    public IReadOnlyDictionary<string, string> Capacity { get; init => field = value ?? Nothing.Strings; } = Nothing.Strings;
}

internal sealed record ResourceQuota : KubernetesObject
{
    public ResourceQuotaStatus Status { get; init => field = value ?? new(); } = new();
}

/// <summary>Quantities by resource.</summary>
internal sealed record ResourceQuotaStatus
{
    public IReadOnlyDictionary<string, string> Used { get; init => field = value ?? Nothing.Strings; } = Nothing.Strings;
}

internal sealed record Node : KubernetesObject
{
    public NodeSpec Spec { get; init => field = value ?? new(); } = new();

    public NodeStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record NodeSpec
{
    public bool Unschedulable { get; init; }
}

internal sealed record NodeStatus
{
    /// <summary>Quantities by resource.</summary>
    public IReadOnlyDictionary<string, string> Allocatable { get; init => field = value ?? Nothing.Strings; } = Nothing.Strings;

    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];
}

internal sealed record StorageClass : KubernetesObject
{
    public string Provisioner { get; init; } = "";

    /// <summary><c>Immediate</c> or <c>WaitForFirstConsumer</c>.</summary>
    public string VolumeBindingMode { get; init; } = "";

    /// <summary>Claims that name no class get this one.</summary>
    [JsonIgnore]
    public bool IsDefault => Metadata.Annotations.TryGetValue("storageclass.kubernetes.io/is-default-class", out var value) && value == "true";
}
