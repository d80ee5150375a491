using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LabOrchestrator.Consoles;

/// <summary>Gives out and takes back console tickets. A ticket works once, within <see cref="Lifetime"/>.</summary>
public sealed class ConsoleTickets(IConsoleTicketStore store, TimeProvider time)
{
    /// <summary>How long a ticket waits for its use: 30 seconds.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    /// <summary>A new ticket's secret: 256 random bits as base64url. The caller has checked the user's rights.</summary>
    public async Task<(string Secret, DateTimeOffset ExpiresAt)> IssueAsync(
        long userId, long instanceId, string machine, string console, ConsoleMode mode, CancellationToken cancellationToken)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = time.GetUtcNow();
        var ticket = new ConsoleTicket(userId, instanceId, machine, console, mode, now + Lifetime);
        await store.AddAsync(HashOf(secret), ticket, now, cancellationToken).ConfigureAwait(false);
        return (secret, ticket.ExpiresAt);
    }

    /// <summary>Consumes the ticket; null when the secret is unknown, used or too old.</summary>
    public Task<ConsoleTicket?> RedeemAsync(string secret, CancellationToken cancellationToken) =>
        store.TakeAsync(HashOf(secret), time.GetUtcNow(), cancellationToken);

    private static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
