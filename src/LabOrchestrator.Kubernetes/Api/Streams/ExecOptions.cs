namespace LabOrchestrator.Kubernetes.Api.Streams;

/// <summary>A command to run in a container.</summary>
/// <param name="Container">The container in the pod.</param>
/// <param name="Command">Program and arguments; no shell sees them.</param>
internal sealed record ExecOptions(string Container, IReadOnlyList<string> Command)
{
    /// <summary>It reads from us.</summary>
    public bool Input { get; init; } = true;

    /// <summary>It runs on a terminal: its errors come with its output, and it can be resized.</summary>
    public bool Terminal { get; init; }
}

/// <summary>What a command said and how it ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output, up to the limit.</param>
/// <param name="Errors">Its standard error, up to the limit.</param>
/// <param name="Truncated">It said more than the limit; the rest was read and dropped.</param>
internal sealed record ExecResult(int ExitCode, byte[] Output, byte[] Errors, bool Truncated);

/// <summary>Which of a command's streams bytes are of.</summary>
internal enum ExecOutput
{
    /// <summary>The command has ended, and everything was read.</summary>
    Ended,
    Output,
    Errors,
}
