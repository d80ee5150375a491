using System.Security.Cryptography;
using LabOrchestrator.Images;
using LabOrchestrator.Secrets;
using Npgsql;

namespace LabOrchestrator.Postgres.Images;

public sealed class PostgresRegistryCredentialStoreTests(DatabaseFixture fixture)
{
    [Fact]
    public async Task A_login_is_found_again_replaced_and_forgotten()
    {
        var store = new PostgresRegistryCredentialStore(await fixture.NewStoreAsync(), new SecretBox(new byte[32]));

        await store.SaveAsync(new RegistryCredential("r.example.org", "ada", "first"), default);
        await store.SaveAsync(new RegistryCredential("r.example.org", "bob", "second"), default);
        await store.SaveAsync(new RegistryCredential("docker.io", "cleo", "third"), default);

        (await store.FindAsync("r.example.org", default)).ShouldBe(new RegistryCredential("r.example.org", "bob", "second"));
        (await store.FindAsync("other.example.org", default)).ShouldBeNull();
        (await store.ListAsync(default)).ShouldBe([new("docker.io", "cleo"), new("r.example.org", "bob")]);
        (await store.RemoveAsync("r.example.org", default)).ShouldBeTrue();
        (await store.RemoveAsync("r.example.org", default)).ShouldBeFalse();
        (await store.FindAsync("r.example.org", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_password_moved_to_another_registry_does_not_open()
    {
        var database = await fixture.NewDatabaseAsync();
        var store = new PostgresRegistryCredentialStore(new Schema.LabDatabase(new Schema.ContextFactory(database)), new SecretBox(new byte[32]));
        await store.SaveAsync(new RegistryCredential("a.example.org", "ada", "first"), default);
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand("UPDATE registry_credentials SET registry = 'evil.example.org'", connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await Should.ThrowAsync<CryptographicException>(() => store.FindAsync("evil.example.org", default));
    }
}
