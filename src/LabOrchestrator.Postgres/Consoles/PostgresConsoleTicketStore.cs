using LabOrchestrator.Consoles;
using LabOrchestrator.Postgres.Schema;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Consoles;

/// <summary>Console tickets; taking one is a single statement, so that of many takers one gets it.</summary>
internal sealed class PostgresConsoleTicketStore(LabDatabase database) : IConsoleTicketStore
{
    public Task AddAsync(ReadOnlyMemory<byte> secretHash, ConsoleTicket ticket, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.RunAsync(
            async db =>
            {
                await db.ConsoleTickets.Where(t => t.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
                db.ConsoleTickets.Add(new ConsoleTicketRow
                {
                    Hash = secretHash.ToArray(),
                    UserId = ticket.UserId,
                    InstanceId = ticket.InstanceId,
                    Machine = ticket.Machine,
                    Console = ticket.Console,
                    Mode = ticket.Mode,
                    ExpiresAt = ticket.ExpiresAt,
                });
                return await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);

    public Task<ConsoleTicket?> TakeAsync(ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.RunAsync(
            async db =>
            {
                var hash = secretHash.ToArray();
                var taken = await db.ConsoleTickets
                    .FromSql($"DELETE FROM console_tickets WHERE hash = {hash} RETURNING *")
                    .AsNoTracking().ToListAsync(cancellationToken).ConfigureAwait(false);
                return taken is [var t] && t.ExpiresAt > now
                    ? new ConsoleTicket(t.UserId, t.InstanceId, t.Machine, t.Console, t.Mode, t.ExpiresAt)
                    : null;
            },
            cancellationToken);
}
