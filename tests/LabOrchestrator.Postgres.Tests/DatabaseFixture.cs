using LabOrchestrator.Postgres.Cluster;
using LabOrchestrator.Postgres.Schema;
using LabOrchestrator.Secrets;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

[assembly: AssemblyFixture(typeof(LabOrchestrator.Postgres.DatabaseFixture))]

namespace LabOrchestrator.Postgres;

/// <summary>One private cluster for all tests, started by the product's own code, and an empty database for whoever asks.</summary>
public sealed class DatabaseFixture : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private PrivatePostgres? _cluster;
    private int _databases;

    internal PrivatePostgres Cluster => _cluster!;

    public async ValueTask InitializeAsync()
    {
        _cluster = new PrivatePostgres(_folder.Path, new PostgresOptions(), TimeProvider.System, NullLogger<PrivatePostgres>.Instance);
        await _cluster.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Makes a database at the newest schema and returns how to reach it.</summary>
    internal async Task<string> NewDatabaseAsync(bool migrated = true)
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(_cluster!.ConnectionString);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        var connectionString = new NpgsqlConnectionStringBuilder(_cluster.ConnectionString) { Database = name, MaxPoolSize = 8 }.ConnectionString;
        if (migrated)
        {
            await SchemaMigrations.ApplyAsync(connectionString, default);
        }

        return connectionString;
    }

    internal async Task<LabDatabase> NewStoreAsync() => new(new ContextFactory(await NewDatabaseAsync()));

    internal static SecretBox Secrets { get; } = new(new byte[32]);

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _cluster!.DisposeAsync();
        _folder.Dispose();
    }
}
