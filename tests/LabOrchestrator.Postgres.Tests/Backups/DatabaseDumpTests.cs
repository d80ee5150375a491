using LabOrchestrator.Conformance;
using LabOrchestrator.Postgres.Cluster;
using LabOrchestrator.Postgres.Installations;
using LabOrchestrator.Postgres.Schema;
using Npgsql;

namespace LabOrchestrator.Postgres.Backups;

/// <summary>A database that somebody else runs: it is dumped, and read back in one transaction beside its present tables.</summary>
public sealed class DatabaseDumpTests(DatabaseFixture fixture) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-dump-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_dump_comes_back_and_the_tables_that_were_there_are_kept_in_another_schema()
    {
        var database = await InstalledAsync();
        await ExecuteAsync(database, "INSERT INTO images (name, reference, kind, description, hardware) VALUES ('saved', 'a', 'Container', '', '{}')");
        var dumped = await DatabaseDump.WriteAsync(database, Dump, Token);
        await ExecuteAsync(database, "UPDATE images SET name = 'later'");

        NpgsqlConnection.ClearAllPools();
        (await DatabaseDump.LookAsync(database, Token)).HasTables.ShouldBeTrue();
        await DatabaseDump.ReadAsync(database, Dump, "before_restore_1", Token);

        dumped.Schema.ShouldBe(DatabaseDump.NewestSchema);
        dumped.Installation.ShouldBe(await AskAsync(database, "SELECT installation_id FROM installation"));
        (await AskAsync(database, "SELECT name FROM images")).ShouldBe("saved");
        (await AskAsync(database, "SELECT name FROM before_restore_1.images")).ShouldBe("later");
        await SchemaMigrations.ApplyAsync(database, Token);
        await ExecuteAsync(database, "INSERT INTO images (name, reference, kind, description, hardware) VALUES ('next', 'a', 'Container', '', '{}')");
        (await AskAsync(database, "SELECT count(*)::text FROM images")).ShouldBe("2");
    }

    [Fact]
    public async Task A_dump_that_is_refused_half_way_leaves_the_present_tables_in_their_place()
    {
        var database = await InstalledAsync();
        await DatabaseDump.WriteAsync(database, Dump, Token);
        await ExecuteAsync(database, "CREATE SCHEMA taken");

        await Should.ThrowAsync<PostgresSetupException>(() => DatabaseDump.ReadAsync(database, Dump, "taken", Token));

        (await AskAsync(database, "SELECT count(*)::text FROM installation")).ShouldBe("1");
    }

    [Fact]
    public async Task An_empty_database_is_not_dumped()
    {
        var database = await fixture.NewDatabaseAsync(migrated: false);

        (await Should.ThrowAsync<PostgresSetupException>(() => DatabaseDump.WriteAsync(database, Dump, Token))).Message.ShouldContain("empty");
    }

    [Fact]
    public async Task Who_else_is_connected_is_seen()
    {
        var database = await InstalledAsync();
        NpgsqlConnection.ClearAllPools();

        // A connection that was closed is listed until its process has ended.
        await Eventually.ShowsAsync(() => DatabaseDump.LookAsync(database, Token), seen => seen.OthersConnected == 0);

        await using var other = new NpgsqlConnection(database);
        await other.OpenAsync(Token);

        (await DatabaseDump.LookAsync(database, Token)).OthersConnected.ShouldBe(1);
    }

    private string Dump => Path.Combine(_folder, "database.dump");

    private async Task<string> InstalledAsync()
    {
        var database = await fixture.NewDatabaseAsync();
        await new InstallationStore(new LabDatabase(new ContextFactory(database)), TimeProvider.System).GetAsync(Token);
        return database;
    }

    private static async Task ExecuteAsync(string database, string sql) => await AskAsync(database, sql);

    private static async Task<string?> AskAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return (string?)await command.ExecuteScalarAsync(Token);
    }
}
