using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Gateway;

namespace LabOrchestrator.Server.Users;

/// <summary>Gives out opaque tokens that speak for an account, and takes them back. Only their hashes are kept.</summary>
internal sealed class AccessTokens(IAccessTokenStore store, OpenDoors doors, TimeProvider time)
{
    /// <summary>How long a personal token lives where its owner says nothing: 30 days.</summary>
    public static readonly TimeSpan UsualLifetime = TimeSpan.FromDays(30);

    /// <summary>How long a token of the prototype's routes lives: 600 seconds.</summary>
    public static readonly TimeSpan PrototypeLifetime = TimeSpan.FromSeconds(600);

    private const string Mark = "lab_";
    private const int Length = 4 + 43;
    private static readonly TimeSpan UsedResolution = TimeSpan.FromMinutes(1);

    /// <summary>Makes a token; the secret is nowhere else.</summary>
    public async Task<(string Secret, AccessToken Token)> IssueAsync(
        long userId, string name, AccessTokenScope scope, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var secret = Mark + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = time.GetUtcNow();
        var token = await store.AddAsync(new AccessToken(0, userId, name, scope, now, now + lifetime), HashOf(secret), now, cancellationToken);
        return (secret, token);
    }

    /// <summary>Whether a text has the form of a secret.</summary>
    public static bool CanBe(string text) => text.Length == Length && text.StartsWith(Mark, StringComparison.Ordinal);

    /// <summary>Whose token a secret is; null when it is none of that scope, has expired, or the account is closed.</summary>
    public async Task<User?> FindOwnerAsync(string secret, AccessTokenScope scope, CancellationToken cancellationToken)
    {
        if (!CanBe(secret))
        {
            return null;
        }

        var now = time.GetUtcNow();
        if (await store.FindAsync(HashOf(secret), now, cancellationToken) is not ({ } token, { IsClosed: false } owner) || token.Scope != scope)
        {
            return null;
        }

        if (token.LastUsedAt is not { } used || now - used >= UsedResolution)
        {
            await store.MarkUsedAsync(token.Id, now, cancellationToken);
        }

        return owner;
    }

    /// <summary>An account's personal tokens, newest first.</summary>
    public Task<IReadOnlyList<AccessToken>> ListAsync(long userId, CancellationToken cancellationToken) =>
        store.ListAsync(userId, AccessTokenScope.Api, time.GetUtcNow(), cancellationToken);

    /// <summary>
    /// Revokes a token; false when the account has no such. The account's consoles are closed, since any may have been opened with it: a
    /// page that is signed in comes back by itself, a program with that token does not.
    /// </summary>
    public async Task<bool> RevokeAsync(long userId, long id, CancellationToken cancellationToken)
    {
        var isRevoked = await store.RemoveAsync(userId, id, cancellationToken);
        if (isRevoked)
        {
            await doors.CloseAsync(userId, ConsoleEnd.TokenRevoked, cancellationToken);
        }

        return isRevoked;
    }

    /// <summary>Revokes all tokens of an account.</summary>
    public Task RevokeAllAsync(long userId, CancellationToken cancellationToken) => store.RemoveAllAsync(userId, cancellationToken);

    private static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
