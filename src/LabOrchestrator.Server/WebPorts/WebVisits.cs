using System.Collections.Concurrent;
using LabOrchestrator.Consoles;
using LabOrchestrator.Server.Gateway;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>
/// Finds whose request it is and whether they still may. A page is made of many requests, so what was found serves for a moment, unless
/// somebody's rights were withdrawn meanwhile.
/// </summary>
internal sealed class WebVisits(WebSessions sessions, IConsoleDirectory directory, ActiveConsoles consoles, TimeProvider time)
{
    private const int MostKept = 10_000;

    // What other servers withdraw is seen after so long.
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Looked> _looked = new(StringComparer.Ordinal);

    /// <summary>The session of a secret; null when it is worth nothing.</summary>
    public async Task<WebSession?> FindAsync(string secret, CancellationToken cancellationToken) =>
        (await LookAsync(secret, cancellationToken))?.Session;

    /// <summary>Whether a session's user may open the port now. Ask only after it was entered among the active consoles.</summary>
    public async Task<ConsoleResolution> ResolveAsync(string secret, WebSession session, CancellationToken cancellationToken)
    {
        var looked = await LookAsync(secret, cancellationToken);
        if (looked is null)
        {
            return new ConsoleResolution.Forbidden();
        }

        return looked.Resolution ??= await directory.ResolveAsync(RequestOf(session), cancellationToken);
    }

    /// <summary>The console that a session is for.</summary>
    public static ConsoleRequest RequestOf(WebSession session) =>
        new(session.UserId, session.InstanceId, session.Machine, session.Console, ConsoleMode.Interact);

    private async Task<Looked?> LookAsync(string secret, CancellationToken cancellationToken)
    {
        var withdrawals = consoles.Withdrawals;
        if (_looked.TryGetValue(secret, out var known) && known.Withdrawals == withdrawals && time.GetElapsedTime(known.At) < FreshFor)
        {
            return known;
        }

        _looked.TryRemove(secret, out _);
        if (await sessions.FindAsync(secret, cancellationToken) is not { } session)
        {
            return null;
        }

        if (_looked.Count >= MostKept)
        {
            _looked.Clear();
        }

        return _looked[secret] = new Looked(session, withdrawals, time.GetTimestamp());
    }

    private sealed record Looked(WebSession Session, int Withdrawals, long At)
    {
        public ConsoleResolution? Resolution { get; set; }
    }
}
