namespace LabOrchestrator.Consoles;

/// <summary>Where web sessions are kept. Only a hash of the secret is.</summary>
public interface IWebSessionStore
{
    /// <summary>Keeps a session under the SHA-256 of its secret and drops the expired ones.</summary>
    Task AddAsync(ReadOnlyMemory<byte> secretHash, WebSession session, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The session; null when there is none, or it has expired.</summary>
    Task<WebSession?> FindAsync(ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Removes all sessions of a user.</summary>
    Task RemoveAllAsync(long userId, CancellationToken cancellationToken);
}
