using LabOrchestrator.Postgres.Schema;
using LabOrchestrator.Stores;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres;

/// <summary>Says whether the database answers.</summary>
public sealed class DatabaseHealth
{
    // A database that hangs is as good as none to whoever asks, and they do not wait for long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly LabDatabase _database;

    internal DatabaseHealth(LabDatabase database) => _database = database;

    /// <summary>Null when it answers, else why not.</summary>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await _database.RunAsync(db => db.Database.ExecuteSqlAsync($"SELECT 1", patience.Token), patience.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"The database did not answer within {Patience.TotalSeconds:0} s. It is tried again; if it stays away, look at the server's log.";
        }
        catch (StoreUnavailableException e)
        {
            return e.Message;
        }
    }
}
