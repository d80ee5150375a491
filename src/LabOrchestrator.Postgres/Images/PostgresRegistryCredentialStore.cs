using LabOrchestrator.Images;
using LabOrchestrator.Postgres.Schema;
using LabOrchestrator.Secrets;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Images;

/// <summary>The logins of image registries.</summary>
internal sealed class PostgresRegistryCredentialStore(LabDatabase database, SecretBox secrets) : IRegistryCredentialStore
{
    public Task<RegistryCredential?> FindAsync(string registry, CancellationToken cancellationToken) => database.RunAsync(
        async db => await db.RegistryCredentials.AsNoTracking().FirstOrDefaultAsync(r => r.Registry == registry, cancellationToken).ConfigureAwait(false) is { } row
            ? new RegistryCredential(row.Registry, row.Username, secrets.Open(row.Password, PlaceOf(registry)))
            : null,
        cancellationToken);

    public Task<IReadOnlyList<RegistryAccount>> ListAsync(CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<RegistryAccount>>(
        async db => [.. (await db.RegistryCredentials.AsNoTracking().Select(r => new RegistryAccount(r.Registry, r.Username))
            .ToListAsync(cancellationToken).ConfigureAwait(false)).OrderBy(r => r.Registry, StringComparer.Ordinal)],
        cancellationToken);

    public Task SaveAsync(RegistryCredential credential, CancellationToken cancellationToken)
    {
        var password = secrets.Seal(credential.Password, PlaceOf(credential.Registry));
        return database.RunAsync(
            db => db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO registry_credentials (registry, username, password) VALUES ({credential.Registry}, {credential.Username}, {password})
                ON CONFLICT (registry) DO UPDATE SET username = excluded.username, password = excluded.password
                """,
                cancellationToken),
            cancellationToken);
    }

    public Task<bool> RemoveAsync(string registry, CancellationToken cancellationToken) => database.RunAsync(
        async db => await db.RegistryCredentials.Where(r => r.Registry == registry).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false) > 0,
        cancellationToken);

    // Binds a password to its registry: put into another row it does not open.
    private static string PlaceOf(string registry) => $"registry:{registry}";
}
