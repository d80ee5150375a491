using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LabOrchestrator.Consoles;

/// <summary>
/// Gives out web sessions, and ends them. A ticket opens a console once; a browser that shows a web console asks many times, each time
/// with its session's secret.
/// </summary>
public sealed class WebSessions(IWebSessionStore store, TimeProvider time)
{
    /// <summary>How long a session lasts at most: 12 hours.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>Characters of a secret: 256 random bits as base64url.</summary>
    public const int SecretLength = 43;

    /// <summary>A new session's secret. The caller has redeemed a ticket for it.</summary>
    public async Task<string> StartAsync(ConsoleTicket ticket, string page, CancellationToken cancellationToken)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = time.GetUtcNow();
        var session = new WebSession(ticket.UserId, ticket.InstanceId, ticket.Machine, ticket.Console, page, now + Lifetime);
        await store.AddAsync(HashOf(secret), session, now, cancellationToken).ConfigureAwait(false);
        return secret;
    }

    /// <summary>The session of a secret; null when there is none, it has expired or was ended.</summary>
    public async Task<WebSession?> FindAsync(string secret, CancellationToken cancellationToken) =>
        secret.Length == SecretLength
            ? await store.FindAsync(HashOf(secret), time.GetUtcNow(), cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>Ends all sessions of a user, for example because they signed out.</summary>
    public Task EndAllAsync(long userId, CancellationToken cancellationToken) => store.RemoveAllAsync(userId, cancellationToken);

    private static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
