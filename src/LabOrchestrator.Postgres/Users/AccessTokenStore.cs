using LabOrchestrator.Postgres.Schema;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Users;

/// <summary>Access tokens by the hash of their secret.</summary>
internal sealed class AccessTokenStore(LabDatabase database) : IAccessTokenStore
{
    public Task<AccessToken> AddAsync(
        AccessToken token, ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            await db.AccessTokens.Where(t => t.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
            var row = new AccessTokenRow
            {
                UserId = token.UserId,
                Hash = secretHash.ToArray(),
                Name = token.Name,
                Scope = token.Scope,
                CreatedAt = token.CreatedAt,
                ExpiresAt = token.ExpiresAt,
            };
            db.AccessTokens.Add(row);
            await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            return row.ToToken();
        },
        cancellationToken);

    public Task<AccessToken?> FindAsync(ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var hash = secretHash.ToArray();
            var row = await db.AccessTokens.AsNoTracking()
                .FirstOrDefaultAsync(t => t.Hash == hash && t.ExpiresAt > now, cancellationToken).ConfigureAwait(false);
            return row?.ToToken();
        },
        cancellationToken);

    public Task<IReadOnlyList<AccessToken>> ListAsync(
        long userId, AccessTokenScope scope, DateTimeOffset now, CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<AccessToken>>(
        async db => (await db.AccessTokens.AsNoTracking()
                .Where(t => t.UserId == userId && t.Scope == scope && t.ExpiresAt > now)
                .OrderByDescending(t => t.Id).ToListAsync(cancellationToken).ConfigureAwait(false))
            .ConvertAll(t => t.ToToken()),
        cancellationToken);

    public Task MarkUsedAsync(long id, DateTimeOffset now, CancellationToken cancellationToken) => database.RunAsync(
        db => db.AccessTokens.Where(t => t.Id == id)
            .ExecuteUpdateAsync(s => s.SetProperty(t => t.LastUsedAt, now), cancellationToken),
        cancellationToken);

    public Task<bool> RemoveAsync(long userId, long id, CancellationToken cancellationToken) => database.RunAsync(
        async db => await db.AccessTokens.Where(t => t.Id == id && t.UserId == userId)
            .ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false) > 0,
        cancellationToken);

    public Task RemoveAllAsync(long userId, CancellationToken cancellationToken) => database.RunAsync(
        db => db.AccessTokens.Where(t => t.UserId == userId).ExecuteDeleteAsync(cancellationToken), cancellationToken);
}
