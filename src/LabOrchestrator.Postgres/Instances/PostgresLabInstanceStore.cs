using System.Collections.Immutable;
using LabOrchestrator.Instances;
using LabOrchestrator.Postgres.Schema;
using LabOrchestrator.Secrets;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Instances;

/// <summary>Instances. Wishes and statuses are written by statements of their own.</summary>
internal sealed class PostgresLabInstanceStore(LabDatabase database, SecretBox secrets) : ILabInstanceStore
{
    private readonly InstanceRows _rows = new(secrets);

    public Task<(LabInstance Instance, bool Added)> AddAsync(
        LabInstance instance, OwnerLimits limits, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({"owner:" + instance.OwnerId}, 0))", cancellationToken)
                .ConfigureAwait(false);
            if (await InTheWayAsync(db, instance, limits, cancellationToken).ConfigureAwait(false) is { } inTheWay)
            {
                return (_rows.ToInstance(inTheWay), false);
            }

            var row = _rows.ToRow(instance);
            db.Instances.Add(row);
            await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            db.InstanceHistory.Add(new InstanceHistoryRow
            {
                InstanceId = row.Id,
                Phase = row.Phase,
                Reason = instance.Status.Reason,
                At = row.CreatedAt,
            });
            await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return (_rows.ToInstance(row), true);
        },
        cancellationToken);

    public Task<LabInstance?> FindAsync(long id, CancellationToken cancellationToken) => database.RunAsync(
        async db => await db.Instances.AsNoTracking().Include(i => i.Members).FirstOrDefaultAsync(i => i.Id == id, cancellationToken)
            .ConfigureAwait(false) is { } row ? _rows.ToInstance(row) : null,
        cancellationToken);

    public Task<IReadOnlyList<LabInstance>> ListAsync(LabInstanceQuery query, CancellationToken cancellationToken) =>
        database.RunAsync(db => InstanceListing.ReadAsync(db, query, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<LabInstance>> ListLiveAsync(string runtime, CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<LabInstance>>(
        async db =>
        {
            var list = await db.Instances.AsNoTracking().Include(i => i.Members)
                .Where(i => i.Runtime == runtime && i.Phase != InstancePhase.Stopped && i.Phase != InstancePhase.Failed)
                .OrderBy(i => i.Id).ToListAsync(cancellationToken).ConfigureAwait(false);
            return [.. list.Select(InstanceRows.ToInstanceWithoutCredentials)];
        },
        cancellationToken);

    public Task<LabInstance?> UpdateWishAsync(LabInstance instance, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            var row = await db.Instances.FromSql($"SELECT * FROM lab_instances WHERE id = {instance.Id} FOR UPDATE")
                .Include(i => i.Members).AsSplitQuery().FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
            if (row is null || row.Revision != instance.Revision)
            {
                return null;
            }

            row.Desired = instance.Desired;
            row.Machines = Json.Write(instance.Machines);
            row.Revision++;
            row.Members.RemoveAll(m => instance.Members.All(w => w.UserId != m.UserId));
            foreach (var wanted in instance.Members)
            {
                if (row.Members.Find(m => m.UserId == wanted.UserId) is { } member)
                {
                    member.Role = wanted.Role;
                }
                else
                {
                    row.Members.Add(new InstanceMemberRow { InstanceId = row.Id, UserId = wanted.UserId, Role = wanted.Role });
                }
            }

            await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return _rows.ToInstance(row);
        },
        cancellationToken);

    public Task SaveStatusAsync(long id, LabInstanceStatus status, DateTimeOffset now, CancellationToken cancellationToken) => database.RunAsync(
        db =>
        {
            var stored = Json.Write(status with { Machines = [.. status.Machines.Select(m => m with { Percent = null })] });
            var phase = status.Phase.ToString();
            var at = now.ToUniversalTime();

            // One statement: the line of history is written exactly when this statement changed the phase.
            return db.Database.ExecuteSqlAsync(
                $"""
                WITH before AS (SELECT id, phase FROM lab_instances WHERE id = {id} FOR UPDATE),
                     written AS (UPDATE lab_instances i SET status = {stored}::jsonb, phase = {phase} FROM before b WHERE i.id = b.id RETURNING i.id)
                INSERT INTO lab_instance_history (instance_id, phase, reason, at)
                SELECT b.id, {phase}, {status.Reason}, {at} FROM before b JOIN written w ON w.id = b.id WHERE b.phase <> {phase}
                """,
                cancellationToken);
        },
        cancellationToken);

    public Task SaveImageDigestsAsync(long id, ImmutableSortedDictionary<string, string> digests, CancellationToken cancellationToken) =>
        database.RunAsync(
            db =>
            {
                var json = Json.Write(digests);
                return db.Instances.Where(i => i.Id == id).ExecuteUpdateAsync(s => s.SetProperty(i => i.ImageDigests, json), cancellationToken);
            },
            cancellationToken);

    public Task<IReadOnlySet<string>> ListImageReferencesAsync(CancellationToken cancellationToken) => database.RunAsync<IReadOnlySet<string>>(
        async db => (await db.Database.SqlQuery<string>(
            $"""
            SELECT DISTINCT image.value ->> 'Reference' AS "Value"
            FROM lab_instances i CROSS JOIN LATERAL jsonb_each(i.images) image
            WHERE i.phase NOT IN ({nameof(InstancePhase.Stopped)}, {nameof(InstancePhase.Failed)})
            """).ToListAsync(cancellationToken).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal),
        cancellationToken);

    public Task<IReadOnlyList<PhaseChange>> ListHistoryAsync(long id, CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<PhaseChange>>(
        async db => await db.InstanceHistory.AsNoTracking().Where(h => h.InstanceId == id).OrderBy(h => h.Id)
            .Select(h => new PhaseChange(h.Phase, h.Reason, h.At)).ToListAsync(cancellationToken).ConfigureAwait(false),
        cancellationToken);

    private static async Task<InstanceRow?> InTheWayAsync(
        LabDbContext db, LabInstance instance, OwnerLimits limits, CancellationToken cancellationToken)
    {
        var mine = db.Instances.AsNoTracking().Include(i => i.Members).Where(i => i.OwnerId == instance.OwnerId);
        if (instance.IdempotencyKey is { } key
            && await mine.FirstOrDefaultAsync(i => i.IdempotencyKey == key, cancellationToken).ConfigureAwait(false) is { } same)
        {
            return same;
        }

        // All of one's own are few; which of them stands in the way is decided here.
        var live = await mine
            .Where(i => i.Phase != InstancePhase.Stopped && i.Phase != InstancePhase.Failed)
            .OrderByDescending(i => i.Id).Select(i => new { i.Id, i.LabId }).ToListAsync(cancellationToken).ConfigureAwait(false);
        var ofLab = live.Where(i => i.LabId == instance.LabId).ToList();
        var inTheWay = ofLab.Count >= limits.OfLab ? ofLab[0]
            : live.Count >= limits.OfAllLabs ? live.Find(i => i.LabId != instance.LabId) ?? live[0]
            : null;
        return inTheWay is null ? null : await mine.FirstAsync(i => i.Id == inTheWay.Id, cancellationToken).ConfigureAwait(false);
    }
}
