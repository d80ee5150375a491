using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace LabOrchestrator.Docker.VirtualMachines;

/// <summary>
/// Tells when the guest agents of VMs connect, of which the engine knows nothing: VMs that were seen without one are looked at again, ever
/// more rarely.
/// </summary>
internal sealed class AgentWatch(GuestMonitor monitor, TimeProvider time) : IDisposable
{
    /// <summary>Time from seeing a VM without an agent to the next look: 2 seconds. It doubles with each look.</summary>
    internal static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

    /// <summary>The longest time between two looks: 1 minute.</summary>
    internal static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private const int MostNews = 1024;

    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<(long InstanceId, string Machine), Wait> _without = new();
    private readonly ConcurrentDictionary<Channel<long>, bool> _listeners = new();
    private int _started;
    private int _disposed;

    /// <summary>Takes what was seen of a VM; null when it is not on, or nobody can tell.</summary>
    public void Seen(long instanceId, string machine, bool? hasAgent)
    {
        if (hasAgent != false)
        {
            _without.TryRemove((instanceId, machine), out _);
            return;
        }

        _without[(instanceId, machine)] = new Wait(time.GetUtcNow() + FirstPause, FirstPause);
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            _ = WatchAsync(_end.Token);
        }
    }

    /// <summary>Yields an instance's identity when an agent in one of its VMs has connected.</summary>
    public async IAsyncEnumerable<long> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var news = Channel.CreateBounded<long>(new BoundedChannelOptions(MostNews) { FullMode = BoundedChannelFullMode.DropOldest });
        _listeners[news] = true;
        try
        {
            await foreach (var id in news.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return id;
            }
        }
        finally
        {
            _listeners.TryRemove(news, out _);
        }
    }

    public void Dispose()
    {
        // A host that knows the runtime by two names disposes it twice.
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _end.Cancel();
            _end.Dispose();
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(FirstPause, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                var due = _without.Where(w => w.Value.Until <= time.GetUtcNow()).ToList();
                await Task.WhenAll(due.Select(w => LookAsync(w.Key, w.Value, cancellationToken))).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The runtime is disposed.
        }
    }

    private async Task LookAsync((long InstanceId, string Machine) of, Wait wait, CancellationToken cancellationToken)
    {
        var hasAgent = (await monitor.StateAsync(of.InstanceId, of.Machine, cancellationToken).ConfigureAwait(false)).HasAgent;
        if (hasAgent == true || (hasAgent is null && wait.Pause >= LongestPause))
        {
            // One whose QEMU has ended is seen again when it is on again.
            _without.TryRemove(KeyValuePair.Create(of, wait));
        }
        else
        {
            var pause = wait.Pause * 2 < LongestPause ? wait.Pause * 2 : LongestPause;
            _without.TryUpdate(of, new Wait(time.GetUtcNow() + pause, pause), wait);
        }

        if (hasAgent == true)
        {
            foreach (var listener in _listeners.Keys)
            {
                listener.Writer.TryWrite(of.InstanceId);
            }
        }
    }

    private sealed record Wait(DateTimeOffset Until, TimeSpan Pause);
}
