using LabOrchestrator.Consoles;
using LabOrchestrator.Postgres.Schema;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Consoles;

/// <summary>Web sessions, which outlive the server, and are ended on all servers by one of them.</summary>
internal sealed class PostgresWebSessionStore(LabDatabase database) : IWebSessionStore
{
    public Task AddAsync(ReadOnlyMemory<byte> secretHash, WebSession session, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.RunAsync(
            async db =>
            {
                await db.WebSessions.Where(s => s.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
                db.WebSessions.Add(new WebSessionRow
                {
                    Hash = secretHash.ToArray(),
                    UserId = session.UserId,
                    InstanceId = session.InstanceId,
                    Machine = session.Machine,
                    Console = session.Console,
                    Page = session.Page,
                    ExpiresAt = session.ExpiresAt,
                });
                return await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);

    public Task<WebSession?> FindAsync(ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.RunAsync(
            db =>
            {
                var hash = secretHash.ToArray();
                return db.WebSessions.AsNoTracking()
                    .Where(s => s.Hash == hash && s.ExpiresAt > now)
                    .Select(s => new WebSession(s.UserId, s.InstanceId, s.Machine, s.Console, s.Page, s.ExpiresAt))
                    .FirstOrDefaultAsync(cancellationToken);
            },
            cancellationToken);

    public Task RemoveAllAsync(long userId, CancellationToken cancellationToken) =>
        database.RunAsync(db => db.WebSessions.Where(s => s.UserId == userId).ExecuteDeleteAsync(cancellationToken), cancellationToken);
}
