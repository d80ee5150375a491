using LabOrchestrator.Installations;
using LabOrchestrator.Postgres.Schema;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Installations;

/// <summary>The installation's identity, made with the database.</summary>
internal sealed class InstallationStore(LabDatabase database, TimeProvider time)
{
    public Task<Installation> GetAsync(CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var candidate = Installation.Create();
            var now = time.GetUtcNow();
            await db.Database.ExecuteSqlAsync(
                $"INSERT INTO installation (id, installation_id, created_at) VALUES (1, {candidate.Id}, {now}) ON CONFLICT DO NOTHING",
                cancellationToken).ConfigureAwait(false);
            return new Installation(await db.Installations.Select(i => i.InstallationId).SingleAsync(cancellationToken).ConfigureAwait(false));
        },
        cancellationToken);
}
