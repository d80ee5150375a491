using LabOrchestrator.Postgres.Cluster;
using LabOrchestrator.Postgres.Schema;
using Npgsql;

namespace LabOrchestrator.Postgres.Backups;

/// <summary>Writes a database to a file and reads it back, by PostgreSQL's own programs. One moment of the database, whoever uses it meanwhile.</summary>
public static class DatabaseDump
{
    private const string TablesSchema = "public";

    /// <summary>The newest schema that this program knows.</summary>
    public static int NewestSchema => SchemaMigrations.Newest;

    /// <summary>Dumps the database.</summary>
    /// <param name="connectionString">Where it is.</param>
    /// <param name="file">The file to make.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Its schema's number and the installation that it is of.</returns>
    /// <exception cref="PostgresSetupException">It cannot be; the message says what to do.</exception>
    public static async Task<DumpedDatabase> WriteAsync(string connectionString, string file, CancellationToken cancellationToken)
    {
        var dumped = await DescribeAsync(connectionString, cancellationToken).ConfigureAwait(false);
        await PostgresClient.RunAsync(
            "pg_dump",
            connectionString,
            ["--format=custom", $"--schema={TablesSchema}", "--no-owner", "--no-privileges", $"--file={file}"],
            cancellationToken).ConfigureAwait(false);
        return dumped;
    }

    /// <summary>
    /// Puts a dump into a database, in one transaction. What it holds already is kept in a schema of another name.
    /// </summary>
    /// <param name="connectionString">Where the database is.</param>
    /// <param name="file">The dump.</param>
    /// <param name="asideAs">Name for the schema with the present tables; null where there are none.</param>
    /// <param name="cancellationToken">Ends it early; then nothing has changed.</param>
    /// <exception cref="PostgresSetupException">It cannot be, and nothing has changed; the message says what to do.</exception>
    public static async Task ReadAsync(string connectionString, string file, string? asideAs, CancellationToken cancellationToken)
    {
        var script = file + ".sql";
        await PostgresClient.RunAsync(
            "pg_restore", connectionString, ["--no-owner", "--no-privileges", $"--schema={TablesSchema}", $"--file={script}", file], cancellationToken)
            .ConfigureAwait(false);
        string[] moveAside = asideAs is null
            ? []
            : [$"--command=ALTER SCHEMA {TablesSchema} RENAME TO {asideAs}", $"--command=CREATE SCHEMA {TablesSchema}"];
        await PostgresClient.RunAsync(
            "psql",
            connectionString,
            ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--single-transaction", .. moveAside, $"--file={script}"],
            cancellationToken).ConfigureAwait(false);
        File.Delete(script);
    }

    /// <summary>Whether a database has tables, and how many other programs are connected to it.</summary>
    /// <exception cref="PostgresSetupException">It does not answer.</exception>
    public static Task<(bool HasTables, long OthersConnected)> LookAsync(string connectionString, CancellationToken cancellationToken) => AskAsync(
        connectionString,
        $"""
        SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = '{TablesSchema}'),
               (SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend')
        """,
        r => (r.GetBoolean(0), r.GetInt64(1)),
        cancellationToken);

    private static Task<DumpedDatabase> DescribeAsync(string connectionString, CancellationToken cancellationToken) => AskAsync(
        connectionString,
        "SELECT (SELECT max(number) FROM schema_migrations), (SELECT installation_id FROM installation)",
        r => new DumpedDatabase(r.GetInt32(0), r.GetString(1)),
        cancellationToken);

    private static async Task<T> AskAsync<T>(string connectionString, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using var command = new NpgsqlCommand(sql, connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            return read(reader);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable)
        {
            throw new PostgresSetupException("The database is empty: the server never started on it.", e);
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException)
        {
            throw new PostgresSetupException($"The database does not answer: {e.Message} If the server is starting, try again in a moment.", e);
        }
    }
}

/// <summary>What a dump is of.</summary>
/// <param name="Schema">Number of the last migration.</param>
/// <param name="Installation">The installation's identity.</param>
public sealed record DumpedDatabase(int Schema, string Installation);
