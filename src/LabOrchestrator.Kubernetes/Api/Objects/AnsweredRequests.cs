namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>The answer to "may I?".</summary>
internal sealed record SelfSubjectAccessReview : KubernetesObject
{
    public AccessReviewStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record AccessReviewStatus
{
    public bool Allowed { get; init; }

    public string? Reason { get; init; }
}

/// <summary>CDI's leave to upload into one claim, for five minutes.</summary>
internal sealed record UploadTokenRequest : KubernetesObject
{
    public UploadTokenStatus Status { get; init => field = value ?? new(); } = new();
}

/// <summary>A class, so that no text of it shows the token.</summary>
internal sealed class UploadTokenStatus
{
    public string? Token { get; init; }
}

/// <summary>The installation of KubeVirt (kind KubeVirt) or of CDI (kind CDI).</summary>
internal sealed record OperatedInstallation : KubernetesObject
{
    public OperatedInstallationStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record OperatedInstallationStatus
{
    public string? Phase { get; init; }

    public string? ObservedKubeVirtVersion { get; init; }

    public string? ObservedVersion { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];
}
