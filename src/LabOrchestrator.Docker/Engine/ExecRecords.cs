namespace LabOrchestrator.Docker.Engine;

/// <summary>A command to run in a container.</summary>
internal sealed record ExecCreation
{
    public required IReadOnlyList<string> Cmd { get; init; }

    public bool AttachStdin { get; init; }

    public bool AttachStdout { get; init; }

    public bool AttachStderr { get; init; }

    public bool Tty { get; init; }

    public string? User { get; init; }

    public IReadOnlyList<string>? Env { get; init; }
}

/// <summary>How to start it.</summary>
internal sealed record ExecStart(bool Detach, bool Tty);

/// <summary>How it ended.</summary>
internal sealed record ExecDetails
{
    public bool Running { get; init; }

    public int? ExitCode { get; init; }
}
