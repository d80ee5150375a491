using System.Diagnostics.CodeAnalysis;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;

namespace LabOrchestrator.Kubernetes.Api.Watching;

/// <summary>
/// The objects of one kind as the cluster has them: listed once, kept up by one watch, compared again when the watch was lost for
/// too long. While the cluster is away it shows what was seen last.
/// </summary>
internal sealed class WatchedCollection<T> : IAsyncDisposable
    where T : KubernetesObject
{
    private readonly ObjectCache<T> _cache = new();
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Reflector<T> _reflector;
    private readonly Lock _lock = new();
    private Action<ObjectChange<T>>[] _subscribers = [];
    private Action? _turned;
    private Task? _running;

    /// <param name="client">The client.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="scope">Which objects of it.</param>
    /// <param name="jitter">Random numbers from 0 to below 1; null are random ones.</param>
    public WatchedCollection(KubernetesClient client, KubernetesKind<T> kind, ObjectScope scope, Func<double>? jitter = null)
    {
        Kind = kind;
        _reflector = new Reflector<T>(client, kind, scope, jitter ?? Random.Shared.NextDouble)
        {
            Listed = Replace,
            Seen = Take,
            Turned = Turn,
        };
    }

    public KubernetesKind<T> Kind { get; }

    /// <summary>Whether changes are seen now, and why not.</summary>
    public WatchState State => _reflector.State;

    /// <summary>Ends when the objects were listed for the first time.</summary>
    public Task Synced => _synced.Task;

    /// <summary>Ends when the objects were listed for the first time, or could not be: <see cref="State"/> says which.</summary>
    public Task Settled => _settled.Task;

    public int Count => _cache.Count;

    /// <summary>Finds one object; the namespace of an object of the whole cluster is empty.</summary>
    public bool TryGet(string @namespace, string name, [NotNullWhen(true)] out T? found) => _cache.TryGet(@namespace, name, out found);

    /// <summary>The objects of one namespace, at the cost of these alone.</summary>
    public IReadOnlyList<T> In(string @namespace) => _cache.In(@namespace);

    public IReadOnlyList<T> All() => _cache.All();

    /// <summary>
    /// Calls back for every change, one at a time and in order, on the watch's own path: note a key and return. Disposing ends it.
    /// </summary>
    public IDisposable Subscribe(Action<ObjectChange<T>> changed)
    {
        lock (_lock)
        {
            _subscribers = [.. _subscribers, changed];
        }

        return new Subscription(() =>
        {
            lock (_lock)
            {
                _subscribers = [.. _subscribers.Where(s => s != changed)];
            }
        });
    }

    /// <summary>Calls back when changes are seen again, or no more.</summary>
    public void OnTurn(Action turned)
    {
        lock (_lock)
        {
            _turned += turned;
        }
    }

    /// <summary>Begins to watch. Further calls do nothing.</summary>
    public void Start()
    {
        lock (_lock)
        {
            _running ??= Task.Run(() => _reflector.RunAsync(_end.Token));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        if (_running is not null)
        {
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _synced.TrySetCanceled();
        _settled.TrySetCanceled();
        _end.Dispose();
    }

    private void Turn()
    {
        _settled.TrySetResult();
        if (State.IsSynced)
        {
            _synced.TrySetResult();
        }

        _turned?.Invoke();
    }

    private void Replace(IReadOnlyList<T> objects)
    {
        var present = objects.Select(o => (o.Namespace, o.Name)).ToHashSet();
        foreach (var gone in _cache.All().Where(o => !present.Contains((o.Namespace, o.Name))))
        {
            _cache.Remove(gone);
            Tell(new ObjectChange<T>(gone, null));
        }

        foreach (var now in objects)
        {
            Keep(now);
        }
    }

    private void Take(WatchEvent<T> seen)
    {
        if (seen.Type == WatchEventType.Deleted)
        {
            if (_cache.Remove(seen.Object) is not null)
            {
                Tell(new ObjectChange<T>(seen.Object, null));
            }
        }
        else
        {
            Keep(seen.Object);
        }
    }

    private void Keep(T now)
    {
        var before = _cache.Set(now);
        if (before?.Metadata.ResourceVersion != now.Metadata.ResourceVersion || now.Metadata.ResourceVersion.Length == 0)
        {
            Tell(new ObjectChange<T>(before, now));
        }
    }

    private void Tell(ObjectChange<T> change)
    {
        foreach (var subscriber in _subscribers)
        {
            subscriber(change);
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
