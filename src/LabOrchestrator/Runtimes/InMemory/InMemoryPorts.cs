using System.Collections.Concurrent;

namespace LabOrchestrator.Runtimes.InMemory;

/// <summary>The ports of machines that exist in memory. Nothing listens on them until somebody says what.</summary>
public sealed class InMemoryPorts
{
    private readonly ConcurrentDictionary<(string Machine, int Port), Func<CancellationToken, Task<Stream>>> _listeners = new();

    /// <summary>Lets something listen on a port of all machines of a name; null ends it.</summary>
    /// <param name="machine">The machine's name.</param>
    /// <param name="port">The port.</param>
    /// <param name="accept">Makes the client's end of a new connection.</param>
    public void Listen(string machine, int port, Func<CancellationToken, Task<Stream>>? accept)
    {
        if (accept is null)
        {
            _listeners.TryRemove((machine, port), out _);
        }
        else
        {
            _listeners[(machine, port)] = accept;
        }
    }

    internal Task<Stream> OpenAsync(string machine, int port, CancellationToken cancellationToken) =>
        _listeners.TryGetValue((machine, port), out var accept)
            ? accept(cancellationToken)
            : throw ConsoleUnavailableException.NothingListens(machine, port);
}
