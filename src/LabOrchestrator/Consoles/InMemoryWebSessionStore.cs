using System.Collections.Concurrent;

namespace LabOrchestrator.Consoles;

/// <summary>Keeps web sessions in memory, for programs that embed the library and for tests.</summary>
public sealed class InMemoryWebSessionStore : IWebSessionStore
{
    private readonly ConcurrentDictionary<string, WebSession> _sessions = new();

    /// <inheritdoc/>
    public Task AddAsync(ReadOnlyMemory<byte> secretHash, WebSession session, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Remove(s => s.ExpiresAt <= now);
        _sessions[Convert.ToHexString(secretHash.Span)] = session;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<WebSession?> FindAsync(ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken) => Task.FromResult(
        _sessions.TryGetValue(Convert.ToHexString(secretHash.Span), out var session) && session.ExpiresAt > now ? session : null);

    /// <inheritdoc/>
    public Task RemoveAllAsync(long userId, CancellationToken cancellationToken)
    {
        Remove(s => s.UserId == userId);
        return Task.CompletedTask;
    }

    private void Remove(Func<WebSession, bool> which)
    {
        foreach (var (key, _) in _sessions.Where(s => which(s.Value)))
        {
            _sessions.TryRemove(key, out _);
        }
    }
}
