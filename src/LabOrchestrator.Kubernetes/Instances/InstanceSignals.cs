using System.Threading.Channels;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>Wakes whoever waits for a change, of one instance or of any.</summary>
internal sealed class InstanceSignals
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, TaskCompletionSource> _waiting = [];
    private readonly List<ChangeQueue> _queues = [];

    /// <summary>Ends at the next change of an instance. Ask for it before looking, so that no change is missed.</summary>
    public Task Next(long instanceId)
    {
        lock (_lock)
        {
            if (!_waiting.TryGetValue(instanceId, out var next))
            {
                _waiting[instanceId] = next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return next.Task;
        }
    }

    public void Changed(long instanceId)
    {
        lock (_lock)
        {
            if (_waiting.Remove(instanceId, out var next))
            {
                next.TrySetResult();
            }

            _queues.ForEach(q => q.Add(instanceId));
        }
    }

    /// <summary>Changes are seen no more, or again.</summary>
    public void Turned(bool everythingMayHaveChanged)
    {
        lock (_lock)
        {
            foreach (var next in _waiting.Values)
            {
                next.TrySetResult();
            }

            _waiting.Clear();
            if (everythingMayHaveChanged)
            {
                _queues.ForEach(q => q.Add(null));
            }
        }
    }

    /// <summary>The changes from now on, each instance once until it was told.</summary>
    public ChangeQueue Listen()
    {
        var queue = new ChangeQueue(q =>
        {
            lock (_lock)
            {
                _queues.Remove(q);
            }
        });
        lock (_lock)
        {
            _queues.Add(queue);
        }

        return queue;
    }

    /// <summary>Changes that were not told yet. It holds each instance at most once.</summary>
    internal sealed class ChangeQueue(Action<ChangeQueue> end) : IDisposable
    {
        private readonly Lock _lock = new();
        private readonly Queue<long> _order = [];
        private readonly HashSet<long> _known = [];
        private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        private bool _everything;

        /// <param name="instanceId">The instance, or null for everything.</param>
        public void Add(long? instanceId)
        {
            lock (_lock)
            {
                if (instanceId is not { } id)
                {
                    _everything = true;
                }
                else if (_known.Add(id))
                {
                    _order.Enqueue(id);
                }
            }

            _bell.Writer.TryWrite(true);
        }

        /// <summary>Waits for changes and takes them; null stands for everything.</summary>
        public async Task<IReadOnlyList<long?>> TakeAsync(CancellationToken cancellationToken)
        {
            await _bell.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                var taken = new List<long?>(_order.Count + 1);
                if (_everything)
                {
                    taken.Add(null);
                }

                taken.AddRange(_order.Select(id => (long?)id));
                _everything = false;
                _order.Clear();
                _known.Clear();
                return taken;
            }
        }

        public void Dispose() => end(this);
    }
}
