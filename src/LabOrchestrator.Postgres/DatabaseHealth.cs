using LabOrchestrator.Postgres.Schema;
using LabOrchestrator.Stores;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres;

/// <summary>Says whether the database answers.</summary>
public sealed class DatabaseHealth
{
    private readonly LabDatabase _database;

    internal DatabaseHealth(LabDatabase database) => _database = database;

    /// <summary>Null when it answers, else why not.</summary>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _database.RunAsync(db => db.Database.ExecuteSqlAsync($"SELECT 1", cancellationToken), cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (StoreUnavailableException e)
        {
            return e.Message;
        }
    }
}
