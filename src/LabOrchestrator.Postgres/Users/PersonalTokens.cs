using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using LabOrchestrator.Postgres.Schema;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Users;

/// <summary>Issues, checks, lists and revokes personal tokens. Only a hash of the secret is stored.</summary>
public sealed class PersonalTokens
{
    private static readonly TimeSpan UseResolution = TimeSpan.FromMinutes(1);
    private readonly LabDatabase _database;
    private readonly TimeProvider _time;

    internal PersonalTokens(LabDatabase database, TimeProvider time)
    {
        _database = database;
        _time = time;
    }

    /// <summary>A new token; its secret is shown this once.</summary>
    public Task<(string Secret, PersonalToken Token)> IssueAsync(
        long userId, string name, TokenScope scope, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var secret = (scope == TokenScope.Api ? "lo_" : "") + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = _time.GetUtcNow();
        return _database.RunAsync(
            async db =>
            {
                await db.PersonalTokens.Where(t => t.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
                var row = new PersonalTokenRow
                {
                    UserId = userId, Name = name, Scope = scope, Hash = HashOf(secret), CreatedAt = now, ExpiresAt = now + lifetime,
                };
                db.PersonalTokens.Add(row);
                await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
                return (secret, row.ToToken());
            },
            cancellationToken);
    }

    /// <summary>The token of a secret, when it is one of that scope that has not expired; else null.</summary>
    public Task<PersonalToken?> VerifyAsync(string secret, TokenScope scope, CancellationToken cancellationToken)
    {
        var hash = HashOf(secret);
        var now = _time.GetUtcNow();
        return _database.RunAsync(
            async db =>
            {
                var row = await db.PersonalTokens.AsNoTracking()
                    .FirstOrDefaultAsync(t => t.Hash == hash && t.Scope == scope && t.ExpiresAt > now, cancellationToken).ConfigureAwait(false);
                if (row is not null && (row.LastUsedAt is not { } used || now - used > UseResolution))
                {
                    await db.PersonalTokens.Where(t => t.Id == row.Id)
                        .ExecuteUpdateAsync(s => s.SetProperty(t => t.LastUsedAt, now), cancellationToken).ConfigureAwait(false);
                }

                return row?.ToToken();
            },
            cancellationToken);
    }

    /// <summary>A user's tokens of the REST API, newest first.</summary>
    public Task<IReadOnlyList<PersonalToken>> ListAsync(long userId, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        return _database.RunAsync<IReadOnlyList<PersonalToken>>(
            async db => (await db.PersonalTokens.AsNoTracking()
                    .Where(t => t.UserId == userId && t.Scope == TokenScope.Api && t.ExpiresAt > now)
                    .OrderByDescending(t => t.Id).ToListAsync(cancellationToken).ConfigureAwait(false))
                .ConvertAll(t => t.ToToken()),
            cancellationToken);
    }

    /// <summary>Ends a token of a user; false when they have none of that identity.</summary>
    public Task<bool> RevokeAsync(long userId, long id, CancellationToken cancellationToken) => _database.RunAsync(
        async db => await db.PersonalTokens.Where(t => t.Id == id && t.UserId == userId)
            .ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false) > 0,
        cancellationToken);

    /// <summary>Ends all tokens of a user, as after a change of password.</summary>
    public Task RevokeAllAsync(long userId, CancellationToken cancellationToken) => _database.RunAsync(
        db => db.PersonalTokens.Where(t => t.UserId == userId).ExecuteDeleteAsync(cancellationToken), cancellationToken);

    private static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
