namespace LabOrchestrator.Postgres.Users;

/// <summary>Where access tokens are kept.</summary>
public interface IAccessTokenStore
{
    /// <summary>Keeps a token under the SHA-256 of its secret, drops those that expired before <paramref name="now"/>, returns it with its identity.</summary>
    Task<AccessToken> AddAsync(AccessToken token, ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The token of that secret and whose it is; null when there is none or it has expired.</summary>
    Task<(AccessToken Token, User Owner)?> FindAsync(ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>An account's tokens of a scope that have not expired, newest first.</summary>
    Task<IReadOnlyList<AccessToken>> ListAsync(long userId, AccessTokenScope scope, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Writes when it was last used.</summary>
    Task MarkUsedAsync(long id, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Revokes an account's token; false when the account has no such token.</summary>
    Task<bool> RemoveAsync(long userId, long id, CancellationToken cancellationToken);

    /// <summary>Revokes all tokens of an account.</summary>
    Task RemoveAllAsync(long userId, CancellationToken cancellationToken);
}
