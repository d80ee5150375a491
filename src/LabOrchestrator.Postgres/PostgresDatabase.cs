using LabOrchestrator.Installations;
using LabOrchestrator.Postgres.Cluster;
using LabOrchestrator.Postgres.Installations;
using LabOrchestrator.Postgres.Schema;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Postgres;

/// <summary>
/// The opened database of an installation: the private cluster where no other is configured, at this program's schema. Opened before
/// the host is built, closed after it has ended.
/// </summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    private readonly PrivatePostgres? _cluster;

    private PostgresDatabase(PrivatePostgres? cluster, string connectionString, Installation installation)
    {
        _cluster = cluster;
        ConnectionString = connectionString;
        Installation = installation;
    }

    /// <summary>How to reach it.</summary>
    public string ConnectionString { get; }

    /// <summary>The installation's identity, made with the database.</summary>
    public Installation Installation { get; }

    /// <summary>Opens the database: starts the private cluster if need be, applies the migrations.</summary>
    /// <exception cref="PostgresSetupException">It cannot be; the message says what to do.</exception>
    public static async Task<PostgresDatabase> OpenAsync(
        PostgresOptions options, string dataDirectory, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        PrivatePostgres? cluster = null;
        try
        {
            var connectionString = options.ConnectionString;
            if (string.IsNullOrWhiteSpace(connectionString))
            {
                cluster = new PrivatePostgres(dataDirectory, options, time, loggers.CreateLogger<PrivatePostgres>());
                await cluster.StartAsync(cancellationToken).ConfigureAwait(false);
                connectionString = cluster.ConnectionString;
            }

            await SchemaMigrations.ApplyAsync(connectionString, cancellationToken).ConfigureAwait(false);
            var contexts = new ContextFactory(connectionString);
            var installation = await new InstallationStore(new LabDatabase(contexts), time).GetAsync(cancellationToken).ConfigureAwait(false);
            return new PostgresDatabase(cluster, connectionString, installation);
        }
        catch (Exception e)
        {
            if (cluster is not null)
            {
                await cluster.DisposeAsync().ConfigureAwait(false);
            }

            if (e is ArgumentException or Npgsql.NpgsqlException)
            {
                throw new PostgresSetupException(
                    $"The database of LABORCHESTRATOR_Postgres__ConnectionString cannot be opened: {e.Message.TrimEnd('.')}. Check the string, and that the server answers.", e);
            }

            throw;
        }
    }

    /// <summary>Stops the private cluster.</summary>
    public ValueTask DisposeAsync()
    {
        // Pooled connections would otherwise meet a stopped server at the next start within one process.
        Npgsql.NpgsqlConnection.ClearAllPools();
        return _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
