using System.Collections.Concurrent;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.Gateway;

/// <summary>All consoles that are open on this server: who watches what, and the way to close them.</summary>
internal sealed class ActiveConsoles(TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<ActiveConsole, byte> _consoles = new();
    private readonly CancellationTokenSource _stopping = new();
    private int _withdrawals;

    /// <summary>Raised with an instance's identity when somebody came to or left one of its machines.</summary>
    public event Action<long>? WatchersChanged;

    /// <summary>How many there are.</summary>
    public int Count => _consoles.Count;

    /// <summary>Cancelled once the server stops; then no console is opened any more.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Grows with each withdrawal: what was looked up about anybody's rights before is to be looked up again.</summary>
    public int Withdrawals => Volatile.Read(ref _withdrawals);

    /// <summary>All of them. Enumerated without a lock: one that comes or goes meanwhile may be in it or not.</summary>
    public IEnumerable<ActiveConsole> All => _consoles.Select(c => c.Key);

    /// <summary>
    /// Enters a console. This comes before its rights are looked up: of a withdrawal and an opening at the same time, one sees the other.
    /// </summary>
    public ActiveConsole Enter(ConsoleRequest request)
    {
        var console = new ActiveConsole(request, time.GetTimestamp());
        _consoles[console] = 0;
        if (_stopping.IsCancellationRequested)
        {
            console.Close(ConsoleEnd.ServerStops);
        }

        return console;
    }

    /// <summary>Tells watchers that a browser was accepted.</summary>
    public void Opened(ActiveConsole console) => WatchersChanged?.Invoke(console.Request.InstanceId);

    /// <summary>Takes a console out.</summary>
    public void Leave(ActiveConsole console)
    {
        _consoles.TryRemove(console, out _);
        if (console.Browser is not null)
        {
            WatchersChanged?.Invoke(console.Request.InstanceId);
        }
    }

    /// <summary>Who has a console of an instance open, one entry per browser.</summary>
    public IReadOnlyList<ConsoleRequest> WatchersOf(long instanceId) =>
        [.. All.Where(c => c.Browser is not null && c.Request.InstanceId == instanceId).Select(c => c.Request)];

    /// <summary>How many browsers have a console of a machine open.</summary>
    public int CountOf(long instanceId, string machine) => WatchersOf(instanceId).Count(r => r.Machine == machine);

    /// <summary>Closes all consoles of an instance, for example because it is being stopped.</summary>
    public void CloseInstance(long instanceId, ConsoleEnd end) => Close(r => r.InstanceId == instanceId, end);

    /// <summary>Closes all consoles of a user, for example because they signed out or their account was closed.</summary>
    public void CloseUser(long userId, ConsoleEnd end) => Close(r => r.UserId == userId, end);

    /// <summary>Closes a user's consoles of one instance, for example because they are no longer a member.</summary>
    public void CloseMember(long instanceId, long userId, ConsoleEnd end) =>
        Close(r => r.InstanceId == instanceId && r.UserId == userId, end);

    /// <summary>Closes those of a user's consoles of one instance that take input, because they may only watch from now on.</summary>
    public void CloseInput(long instanceId, long userId, ConsoleEnd end) =>
        Close(r => r.InstanceId == instanceId && r.UserId == userId && r.Mode == ConsoleMode.Interact, end);

    /// <summary>Closes all consoles, and from now on each new one.</summary>
    public void Stop()
    {
        _stopping.Cancel();
        Close(_ => true, ConsoleEnd.ServerStops);
    }

    /// <inheritdoc />
    public void Dispose() => _stopping.Dispose();

    private void Close(Func<ConsoleRequest, bool> wanted, ConsoleEnd end)
    {
        Interlocked.Increment(ref _withdrawals);
        foreach (var console in All.Where(c => wanted(c.Request)))
        {
            console.Close(end);
        }
    }
}
