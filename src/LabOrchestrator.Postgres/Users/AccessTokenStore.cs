using LabOrchestrator.Postgres.Schema;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Users;

/// <summary>Access tokens by the hash of their secret.</summary>
internal sealed class AccessTokenStore(LabDatabase database) : IAccessTokenStore
{
    // Compiled, because every request with a token asks it.
    private static readonly Func<LabDbContext, byte[], DateTimeOffset, CancellationToken, Task<TokenWithOwner?>> WithOwner =
        EF.CompileAsyncQuery((LabDbContext db, byte[] hash, DateTimeOffset now, CancellationToken _) => db.AccessTokens.AsNoTracking()
            .Where(t => t.Hash == hash && t.ExpiresAt > now)
            .Join(db.Users.AsNoTracking(), t => t.UserId, u => u.Id, (t, u) => new TokenWithOwner(t, u))
            .FirstOrDefault());

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

    public Task<(AccessToken Token, User Owner)?> FindAsync(
        ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken) => database.RunAsync<(AccessToken, User)?>(
        async db => await WithOwner(db, secretHash.ToArray(), now, cancellationToken).ConfigureAwait(false) is { } found
            ? (found.Token.ToToken(), found.Owner)
            : null,
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

    private sealed record TokenWithOwner(AccessTokenRow Token, User Owner);
}
