namespace LabOrchestrator.Instances;

/// <summary>
/// Identities that wait to be looked at. An identity is in it once; one that is being worked on waits until that is done; one may be
/// put in for later. Nothing but identities is kept, so that whoever takes one reads the present state.
/// </summary>
internal sealed class ReconcileQueue(TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<long> _ready = new();
    private readonly HashSet<long> _waiting = [];
    private readonly HashSet<long> _taken = [];
    private readonly HashSet<long> _again = [];
    private readonly Dictionary<long, (DateTimeOffset At, ITimer Timer)> _later = [];
    private readonly SemaphoreSlim _available = new(0);
    private bool _disposed;

    /// <summary>Asks for a look at an instance now.</summary>
    public void Add(long id)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            if (_later.Remove(id, out var later))
            {
                later.Timer.Dispose();
            }

            if (_taken.Contains(id))
            {
                _again.Add(id);
            }
            else if (_waiting.Add(id))
            {
                _ready.Enqueue(id);
                _available.Release();
            }
        }
    }

    /// <summary>Asks for a look after some time; an earlier wish for the same instance stays.</summary>
    public void AddAfter(long id, TimeSpan delay)
    {
        lock (_lock)
        {
            var at = time.GetUtcNow() + delay;
            if (_disposed || _waiting.Contains(id) || _again.Contains(id))
            {
                return;
            }

            if (_later.TryGetValue(id, out var later))
            {
                if (later.At <= at)
                {
                    return;
                }

                later.Timer.Dispose();
            }

            _later[id] = (at, time.CreateTimer(_ => Add(id), null, delay, Timeout.InfiniteTimeSpan));
        }
    }

    /// <summary>Takes the next one; the taker says <see cref="Done"/> when finished with it.</summary>
    public async Task<long> TakeAsync(CancellationToken cancellationToken)
    {
        await _available.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            var id = _ready.Dequeue();
            _waiting.Remove(id);
            _taken.Add(id);
            return id;
        }
    }

    /// <summary>Gives an instance back; when somebody asked for it meanwhile it is ready again.</summary>
    public void Done(long id)
    {
        bool again;
        lock (_lock)
        {
            _taken.Remove(id);
            again = _again.Remove(id);
        }

        if (again)
        {
            Add(id);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var (_, timer) in _later.Values)
            {
                timer.Dispose();
            }

            _later.Clear();
        }

        _available.Dispose();
    }
}
