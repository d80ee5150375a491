using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace LabOrchestrator.Instances;

/// <summary>
/// Hands out snapshots of instances as they change. A watcher that is slow gets fewer, always the newest: it holds identities, not
/// snapshots.
/// </summary>
public sealed class LabInstanceFeed
{
    private readonly Lock _lock = new();
    private readonly List<Watcher> _watchers = [];
    private readonly Dictionary<long, LabInstanceSnapshot> _newest = [];

    /// <summary>
    /// Yields what is known of all live instances first, then each change, until cancelled.
    /// </summary>
    /// <param name="wanted">Which instances; asked anew with each change, so that members can come and go.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async IAsyncEnumerable<LabInstanceSnapshot> WatchAsync(
        Func<LabInstance, bool> wanted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = new Watcher();
        lock (_lock)
        {
            foreach (var id in _newest.Keys.Order())
            {
                watcher.Add(id);
            }

            _watchers.Add(watcher);
        }

        try
        {
            while (true)
            {
                await watcher.Signal.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                foreach (var snapshot in Take(watcher))
                {
                    if (wanted(snapshot.Instance))
                    {
                        yield return snapshot;
                    }
                }
            }
        }
        finally
        {
            lock (_lock)
            {
                _watchers.Remove(watcher);
            }
        }
    }

    internal void Publish(LabInstanceSnapshot snapshot)
    {
        lock (_lock)
        {
            _newest[snapshot.Instance.Id] = snapshot;
            foreach (var watcher in _watchers)
            {
                watcher.Add(snapshot.Instance.Id);
            }
        }
    }

    /// <summary>Forgets an ended instance once everybody had its last snapshot.</summary>
    internal void Forget(long id)
    {
        lock (_lock)
        {
            if (_newest.Remove(id, out var last))
            {
                foreach (var watcher in _watchers)
                {
                    watcher.KeepLast(last);
                }
            }
        }
    }

    private List<LabInstanceSnapshot> Take(Watcher watcher)
    {
        lock (_lock)
        {
            return watcher.Take(_newest);
        }
    }

    private sealed class Watcher
    {
        private readonly HashSet<long> _changed = [];
        private readonly Queue<long> _order = new();
        private readonly Dictionary<long, LabInstanceSnapshot> _last = [];

        public Channel<bool> Signal { get; } =
            Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        public void Add(long id)
        {
            if (_changed.Add(id))
            {
                _order.Enqueue(id);
            }

            Signal.Writer.TryWrite(true);
        }

        public void KeepLast(LabInstanceSnapshot snapshot)
        {
            if (_changed.Contains(snapshot.Instance.Id))
            {
                _last[snapshot.Instance.Id] = snapshot;
            }
        }

        public List<LabInstanceSnapshot> Take(Dictionary<long, LabInstanceSnapshot> newest)
        {
            var taken = new List<LabInstanceSnapshot>(_order.Count);
            while (_order.TryDequeue(out var id))
            {
                if (newest.TryGetValue(id, out var snapshot) || _last.TryGetValue(id, out snapshot))
                {
                    taken.Add(snapshot);
                }
            }

            _changed.Clear();
            _last.Clear();
            return taken;
        }
    }
}
