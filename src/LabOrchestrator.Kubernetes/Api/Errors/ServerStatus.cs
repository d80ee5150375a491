namespace LabOrchestrator.Kubernetes.Api.Errors;

/// <summary>The API server's <c>Status</c> object.</summary>
internal sealed record ServerStatus
{
    public string? Kind { get; init; }

    /// <summary><c>Success</c> or <c>Failure</c>.</summary>
    public string? Status { get; init; }

    public string? Message { get; init; }

    /// <summary>One word for programs, such as <c>AlreadyExists</c>.</summary>
    public string? Reason { get; init; }

    public int? Code { get; init; }

    public StatusDetails? Details { get; init; }
}

internal sealed record StatusDetails
{
    public string? Name { get; init; }

    public string? Group { get; init; }

    public string? Kind { get; init; }

    public string? Uid { get; init; }

    public int? RetryAfterSeconds { get; init; }

    public IReadOnlyList<StatusCause> Causes { get; init => field = value ?? []; } = [];
}

/// <param name="Reason">One word for programs, such as <c>FieldManagerConflict</c> or <c>ExitCode</c>.</param>
/// <param name="Message">The words.</param>
/// <param name="Field">Path of the field at fault, or null.</param>
internal sealed record StatusCause(string? Reason, string? Message, string? Field);
