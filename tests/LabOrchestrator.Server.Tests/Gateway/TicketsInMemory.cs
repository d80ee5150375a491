using System.Collections.Concurrent;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.Tests.Gateway;

internal sealed class TicketsInMemory : IConsoleTicketStore
{
    private readonly ConcurrentDictionary<string, ConsoleTicket> _tickets = new();

    public Task AddAsync(ReadOnlyMemory<byte> secretHash, ConsoleTicket ticket, DateTimeOffset now, CancellationToken cancellationToken)
    {
        _tickets[Convert.ToHexString(secretHash.Span)] = ticket;
        return Task.CompletedTask;
    }

    public Task<ConsoleTicket?> TakeAsync(ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.FromResult(_tickets.TryRemove(Convert.ToHexString(secretHash.Span), out var ticket) && ticket.ExpiresAt > now ? ticket : null);
}
