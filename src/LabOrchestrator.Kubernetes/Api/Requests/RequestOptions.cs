namespace LabOrchestrator.Kubernetes.Api.Requests;

/// <summary>Which objects to list or watch.</summary>
internal sealed record ObjectScope
{
    /// <summary>Every object of the kind in the cluster.</summary>
    public static readonly ObjectScope Everything = new();

    /// <summary>Only this namespace; null is all of them.</summary>
    public string? Namespace { get; init; }

    /// <summary>Such as <c>lab-orchestrator/installation=1</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Such as <c>metadata.name=web</c>.</summary>
    public string? FieldSelector { get; init; }
}

/// <summary>How an object is written.</summary>
internal record WriteOptions
{
    public static readonly WriteOptions Default = new();

    /// <summary>Go through all stages and store nothing.</summary>
    public bool DryRun { get; init; }
}

/// <summary>How a manifest is applied.</summary>
internal sealed record ApplyOptions : WriteOptions
{
    public static new readonly ApplyOptions Default = new();

    /// <summary>Take over fields that others own, instead of failing with <see cref="Errors.ApplyConflictException"/>.</summary>
    public bool Force { get; init; }

    /// <summary>Another owner's name than the client's.</summary>
    public string? FieldManager { get; init; }

    /// <summary>Apply to this subresource, such as <c>status</c>.</summary>
    public string? Subresource { get; init; }
}

/// <summary>What becomes of what belongs to a deleted object.</summary>
internal enum Propagation
{
    /// <summary>It is deleted afterwards.</summary>
    Background,

    /// <summary>It is deleted first.</summary>
    Foreground,

    /// <summary>It stays.</summary>
    Orphan,
}

/// <summary>How an object is deleted.</summary>
internal sealed record DeleteOptions
{
    public static readonly DeleteOptions Default = new();

    public Propagation Propagation { get; init; } = Propagation.Background;

    /// <summary>Seconds that its processes get to end; null is the object's own wish.</summary>
    public int? GracePeriodSeconds { get; init; }

    /// <summary>Only if it is still this object; else <see cref="Errors.ObjectConflictException"/>.</summary>
    public string? Uid { get; init; }

    /// <summary>Only if nobody changed it since; else <see cref="Errors.ObjectConflictException"/>.</summary>
    public string? ResourceVersion { get; init; }
}
