using LabOrchestrator.Consoles;

namespace LabOrchestrator.Runtimes;

/// <summary>Capability of a runtime: open a machine's consoles.</summary>
public interface IMachineConsoles
{
    /// <summary>
    /// Dials a console: RFB bytes for <see cref="ConsoleKind.Graphical"/>, frames of <see cref="KeeperProtocol"/> for
    /// <see cref="ConsoleKind.Terminal"/>. Several may be open on one machine.
    /// </summary>
    /// <exception cref="ConsoleUnavailableException">The machine does not run, or has no such console now.</exception>
    /// <exception cref="RuntimeUnavailableException">The engine is away.</exception>
    Task<Stream> OpenAsync(long instanceId, string machine, ConsoleDefinition console, CancellationToken cancellationToken);
}

/// <summary>Capability of a runtime: run a command in a machine.</summary>
public interface IMachineCommands
{
    /// <summary>Runs a command to its end, or until cancelled, and returns what it said. Output beyond 64 KiB is cut.</summary>
    /// <exception cref="ConsoleUnavailableException">The machine does not run.</exception>
    Task<CommandResult> RunAsync(long instanceId, string machine, IReadOnlyList<string> command, CancellationToken cancellationToken);
}

/// <summary>What a command said.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output and error, in their order of arrival.</param>
public sealed record CommandResult(int ExitCode, string Output);
