using System.Globalization;
using System.Reflection;
using LabOrchestrator.Postgres.Cluster;
using Npgsql;

namespace LabOrchestrator.Postgres.Schema;

/// <summary>
/// Brings the database to this program's schema by the numbered scripts in <c>Schema/Migrations</c>, in order, each in a transaction of
/// its own, one server at a time.
/// </summary>
internal static class SchemaMigrations
{
    // Any number will do, as long as nobody else in the database takes it.
    private const long LockKey = 0x4c61624f72636831;

    /// <summary>Number of the newest script.</summary>
    public static int Newest => Scripts().Max(s => s.Number);

    /// <exception cref="PostgresSetupException">The database is newer than this program.</exception>
    public static async Task ApplyAsync(string connectionString, CancellationToken cancellationToken)
    {
        // An advisory lock outlives a pooled connection's closing, so this one is not pooled.
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({LockKey})", cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(
            connection,
            "CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
            cancellationToken).ConfigureAwait(false);
        var applied = await AppliedAsync(connection, cancellationToken).ConfigureAwait(false);
        if (applied > Newest)
        {
            throw new PostgresSetupException(
                $"The database has schema {applied}, and this program knows {Newest}. Start the newer program again, or restore a backup made before "
                + "the upgrade with 'make restore'.");
        }

        foreach (var (number, name, sql) in Scripts().Where(s => s.Number > applied).OrderBy(s => s.Number))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, sql, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(
                connection, $"INSERT INTO schema_migrations (number, name) VALUES ({number}, '{name}')", cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<int> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT coalesce(max(number), 0) FROM schema_migrations", connection);
        return (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static List<(int Number, string Name, string Sql)> Scripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        const string folder = ".Schema.Migrations.";
        return
        [
            .. assembly.GetManifestResourceNames().Where(r => r.Contains(folder, StringComparison.Ordinal)).Select(resource =>
            {
                var name = resource[(resource.IndexOf(folder, StringComparison.Ordinal) + folder.Length)..^".sql".Length];
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                return (int.Parse(name[..4], CultureInfo.InvariantCulture), name, reader.ReadToEnd());
            }),
        ];
    }
}
