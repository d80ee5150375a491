using System.Collections.Concurrent;

namespace LabOrchestrator.Consoles;

/// <summary>Keeps tickets in memory, for programs that embed the library and for tests.</summary>
public sealed class InMemoryConsoleTicketStore : IConsoleTicketStore
{
    private readonly ConcurrentDictionary<string, ConsoleTicket> _tickets = new();

    /// <inheritdoc/>
    public Task AddAsync(ReadOnlyMemory<byte> secretHash, ConsoleTicket ticket, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var (key, _) in _tickets.Where(t => t.Value.ExpiresAt <= now))
        {
            _tickets.TryRemove(key, out _);
        }

        _tickets[Convert.ToHexString(secretHash.Span)] = ticket;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ConsoleTicket?> TakeAsync(ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.FromResult(
            _tickets.TryRemove(Convert.ToHexString(secretHash.Span), out var ticket) && ticket.ExpiresAt > now ? ticket : null);
}
