using LabOrchestrator.Postgres.Cluster;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

[assembly: AssemblyFixture(typeof(LabOrchestrator.Server.Tests.TestDatabases))]

namespace LabOrchestrator.Server.Tests;

/// <summary>
/// One cluster for the servers of all tests, each with a database of its own there: making a cluster takes longer than most tests. That a
/// server makes its own is tested with the real program (<see cref="Hosting.ServerProcessTests"/>).
/// </summary>
public sealed class TestDatabases : IAsyncLifetime
{
    private static TestDatabases? _one;
    private readonly DirectoryInfo _folder = TestFolders.New();
    private PrivatePostgres? _cluster;
    private int _databases;

    /// <summary>Makes an empty database and returns how to reach it.</summary>
    public static Task<string> NewAsync() => (_one ?? throw new InvalidOperationException("There is no cluster.")).MakeAsync();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _cluster = new PrivatePostgres(_folder.FullName, new PostgresOptions(), TimeProvider.System, NullLogger<PrivatePostgres>.Instance);
        await _cluster.StartAsync(TestContext.Current.CancellationToken);
        _one = this;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task<string> MakeAsync()
    {
        var name = $"server_{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(_cluster!.ConnectionString);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(_cluster.ConnectionString) { Database = name, MaxPoolSize = 10 }.ConnectionString;
    }
}
