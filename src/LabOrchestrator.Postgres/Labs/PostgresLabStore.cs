using System.Collections.Concurrent;
using LabOrchestrator.Labs;
using LabOrchestrator.Postgres.Schema;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Labs;

/// <summary>Labs and their versions. A removed lab stays as a row, so that instances keep their version.</summary>
internal sealed class PostgresLabStore(LabDatabase database) : ILabStore
{
    private const int MostCachedDefinitions = 1000;

    // Versions never change, so what was read once stays true.
    private readonly ConcurrentDictionary<(long, string), LabDefinition> _definitions = new();

    public Task<Lab> PutAsync(
        LabDefinition definition, LabFiles files, string? namespacePrefix, DateTimeOffset now, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({"lab:" + definition.Name}, 0))", cancellationToken)
                .ConfigureAwait(false);
            var row = await db.Labs.FirstOrDefaultAsync(l => l.Name == definition.Name && l.RemovedAt == null, cancellationToken).ConfigureAwait(false);
            if (row is null)
            {
                row = new LabRow { Name = definition.Name, Title = "", Description = "", Version = "", NamespacePrefix = definition.Name };
                db.Labs.Add(row);
            }

            row.Title = definition.Title;
            row.Description = definition.Description;
            row.Version = files.Hash;
            row.NamespacePrefix = namespacePrefix ?? row.NamespacePrefix;
            row.ImportedAt = now.ToUniversalTime();
            await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            if (await db.LabVersions.FirstOrDefaultAsync(v => v.LabId == row.Id && v.Hash == files.Hash, cancellationToken)
                .ConfigureAwait(false) is { } known)
            {
                known.ImportedAt = row.ImportedAt;
                await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            }
            else
            {
                AddVersion(db, row.Id, definition, files, now);
                await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return ToLab(row);
        },
        cancellationToken);

    public Task<Lab?> FindAsync(long id, CancellationToken cancellationToken) => database.RunAsync(
        async db => await db.Labs.AsNoTracking().FirstOrDefaultAsync(l => l.Id == id && l.RemovedAt == null, cancellationToken)
            .ConfigureAwait(false) is { } row ? ToLab(row) : null,
        cancellationToken);

    public Task<Lab?> FindAsync(string name, CancellationToken cancellationToken) => database.RunAsync(
        async db => await db.Labs.AsNoTracking().FirstOrDefaultAsync(l => l.Name == name && l.RemovedAt == null, cancellationToken)
            .ConfigureAwait(false) is { } row ? ToLab(row) : null,
        cancellationToken);

    public Task<IReadOnlyList<Lab>> ListAsync(CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<Lab>>(
        async db => [.. (await db.Labs.AsNoTracking().Where(l => l.RemovedAt == null).ToListAsync(cancellationToken).ConfigureAwait(false))
            .Select(ToLab).OrderBy(l => l.Title, StringComparer.InvariantCulture).ThenBy(l => l.Id)],
        cancellationToken);

    public Task<LabVersion?> FindVersionAsync(long labId, string hash, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var version = await db.LabVersions.AsNoTracking()
                .FirstOrDefaultAsync(v => v.LabId == labId && v.Hash == hash, cancellationToken).ConfigureAwait(false);
            if (version is null)
            {
                return null;
            }

            var files = await db.LabVersionFiles.AsNoTracking()
                .Where(f => f.LabId == labId && f.Hash == hash).ToListAsync(cancellationToken).ConfigureAwait(false);
            return new LabVersion(
                labId,
                hash,
                Json.Read<LabDefinition>(version.Definition),
                new LabFiles(files.Select(f => KeyValuePair.Create(f.Path, (ReadOnlyMemory<byte>)f.Content))));
        },
        cancellationToken);

    public Task<IReadOnlyList<LabVersionEntry>> ListVersionsAsync(long labId, CancellationToken cancellationToken) =>
        database.RunAsync<IReadOnlyList<LabVersionEntry>>(
            async db => await db.LabVersions.AsNoTracking()
                .Where(v => v.LabId == labId && db.Labs.Any(l => l.Id == labId && l.RemovedAt == null))
                .OrderByDescending(v => v.ImportedAt).Select(v => new LabVersionEntry(v.Hash, v.ImportedAt))
                .ToListAsync(cancellationToken).ConfigureAwait(false),
            cancellationToken);

    public async Task<LabDefinition?> FindDefinitionAsync(long labId, string hash, CancellationToken cancellationToken)
    {
        if (_definitions.TryGetValue((labId, hash), out var known))
        {
            return known;
        }

        var json = await database.RunAsync(
            db => db.LabVersions.Where(v => v.LabId == labId && v.Hash == hash).Select(v => v.Definition).FirstOrDefaultAsync(cancellationToken),
            cancellationToken).ConfigureAwait(false);
        if (json is null)
        {
            return null;
        }

        if (_definitions.Count >= MostCachedDefinitions)
        {
            _definitions.Clear();
        }

        return _definitions[(labId, hash)] = Json.Read<LabDefinition>(json);
    }

    public Task<bool> RemoveAsync(long id, CancellationToken cancellationToken) => database.RunAsync(
        async db => await db.Database.ExecuteSqlAsync(
            $"UPDATE labs SET removed_at = now() WHERE id = {id} AND removed_at IS NULL", cancellationToken).ConfigureAwait(false) > 0,
        cancellationToken);

    private static void AddVersion(LabDbContext db, long labId, LabDefinition definition, LabFiles files, DateTimeOffset now)
    {
        db.LabVersions.Add(new LabVersionRow
        {
            LabId = labId,
            Hash = files.Hash,
            Definition = Json.Write(definition),
            ImportedAt = now.ToUniversalTime(),
        });
        db.LabVersionFiles.AddRange(files.Files.Select(f => new LabVersionFileRow
        {
            LabId = labId,
            Hash = files.Hash,
            Path = f.Key,
            Content = f.Value.ToArray(),
        }));
    }

    private static Lab ToLab(LabRow row) => new(row.Id, row.Name, row.Title, row.Description, row.Version, row.ImportedAt)
    {
        NamespacePrefix = row.NamespacePrefix,
    };
}
