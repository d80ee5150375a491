using System.Net.Sockets;
using LabOrchestrator.Stores;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace LabOrchestrator.Postgres.Schema;

/// <summary>Runs units of work on a context of their own, and tells a database that is away from a mistake of ours.</summary>
internal sealed class LabDatabase(IDbContextFactory<LabDbContext> contexts)
{
    /// <exception cref="StoreUnavailableException">The database is away; nothing was changed that was not said to be.</exception>
    public async Task<T> RunAsync<T>(Func<LabDbContext, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
            return await work(db).ConfigureAwait(false);
        }
        catch (Exception e) when (IsAway(e))
        {
            throw new StoreUnavailableException("The database does not answer. It is tried again; if it stays away, look at the server's log.", e);
        }
    }

    private static bool IsAway(Exception? e) => e switch
    {
        null => false,
        // 57P01..57P03: shut down, crashed, starting up; 53300: too many connections; 08...: connection trouble.
        PostgresException p => p.SqlState is "57P01" or "57P02" or "57P03" or "53300" || p.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException n => n.IsTransient || n.InnerException is SocketException or IOException or TimeoutException || IsAway(n.InnerException),
        DbUpdateException or InvalidOperationException => IsAway(e.InnerException),
        _ => false,
    };
}
