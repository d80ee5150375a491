using LabOrchestrator.Postgres.Cluster;
using Npgsql;

namespace LabOrchestrator.Postgres.Schema;

public sealed class SchemaMigrationsTests(DatabaseFixture fixture)
{
    private const string Columns =
        """
        SELECT format('%s.%s %s %s %s', table_name, column_name, udt_name, is_nullable, is_identity) FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> 'schema_migrations'
        UNION ALL SELECT format('%s: %s', tablename, regexp_replace(indexdef, ' ON public\.', ' ON ')) FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'schema_migrations'
        UNION ALL SELECT format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'schema_migrations'
        ORDER BY 1
        """;

    [Fact]
    public async Task The_migrations_lead_to_the_schema_of_the_model()
    {
        var migrated = await fixture.NewDatabaseAsync();
        var created = await fixture.NewDatabaseAsync(migrated: false);
        await using (var db = new ContextFactory(created).CreateDbContext())
        {
            await db.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        }

        (await SchemaOf(migrated)).ShouldBe(await SchemaOf(created));
    }

    [Fact]
    public async Task Five_servers_that_migrate_one_empty_database_at_once_all_succeed()
    {
        var database = await fixture.NewDatabaseAsync(migrated: false);

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() => SchemaMigrations.ApplyAsync(database, default))));

        (await SchemaOf(database)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused_with_a_remedy()
    {
        var database = await fixture.NewDatabaseAsync();
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand("INSERT INTO schema_migrations (number, name) VALUES (9999, 'future')", connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        (await Should.ThrowAsync<PostgresSetupException>(() => SchemaMigrations.ApplyAsync(database, default))).Message.ShouldContain("make restore");
    }

    private static async Task<List<string>> SchemaOf(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(Columns, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }
}
