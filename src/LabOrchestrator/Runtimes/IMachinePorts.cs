namespace LabOrchestrator.Runtimes;

/// <summary>Capability of a runtime: connect to TCP ports of machines, for web consoles.</summary>
public interface IMachinePorts
{
    /// <summary>
    /// Connects to a port of a machine, at the address that the runtime gave to the machine, never at one that a guest reports.
    /// Returns when the machine has accepted. Only ports that the lab declares may be asked for: that is the caller's concern.
    /// </summary>
    /// <exception cref="ConsoleUnavailableException">The machine does not run, or nothing listens there; the message says what to do.</exception>
    /// <exception cref="RuntimeUnavailableException">The engine is away.</exception>
    Task<Stream> OpenPortAsync(long instanceId, string machine, int port, CancellationToken cancellationToken);
}
