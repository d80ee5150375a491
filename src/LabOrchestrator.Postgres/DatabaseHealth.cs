using LabOrchestrator.Postgres.Schema;
using LabOrchestrator.Stores;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres;

/// <summary>Says whether the database answers.</summary>
public sealed class DatabaseHealth
{
    // A database that hangs is as good as none to whoever asks, and they do not wait for long. The driver cannot cancel in that time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly LabDatabase _database;
    private readonly Lock _lock = new();
    private Task<string?> _question = Task.FromResult<string?>(null);

    internal DatabaseHealth(LabDatabase database) => _database = database;

    /// <summary>Null when it answers, else why not.</summary>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        Task<string?> question;
        lock (_lock)
        {
            // One question at a time: those to a database that hangs would pile up, each on a connection.
            question = _question = _question.IsCompleted ? AskAsync() : _question;
        }

        try
        {
            return await question.WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return $"The database did not answer within {Patience.TotalSeconds:0} s. It is tried again; if it stays away, look at the server's log.";
        }
    }

    private async Task<string?> AskAsync()
    {
        try
        {
            await _database.RunAsync(db => db.Database.ExecuteSqlAsync($"SELECT 1", CancellationToken.None), CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (StoreUnavailableException e)
        {
            return e.Message;
        }
    }
}
