using System.Collections.Immutable;

namespace LabOrchestrator.KubernetesSimulator.Store;

using AllObjects = ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>>;
using Names = ImmutableSortedDictionary<string, StoredObject>;

/// <summary>The objects of one kind: read without a lock, changed under the store's.</summary>
internal sealed class ResourceCollection(string group, string plural, ObjectStore store)
{
    private static readonly Names Empty = Names.Empty.WithComparers(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<Watcher>> _watchers = new(StringComparer.Ordinal);
    private readonly Queue<StoreChange> _history = new();
    private AllObjects _objects = AllObjects.Empty.WithComparers(StringComparer.Ordinal);
    private long _firstVersion;

    public string Group => group;

    public string Plural => plural;

    public int Count { get; private set; }

    public int WatcherCount => store.Still(() => _watchers.Values.Sum(w => w.Count));

    public StoredObject? Find(string @namespace, string name) =>
        Volatile.Read(ref _objects).TryGetValue(@namespace, out var names) && names.TryGetValue(name, out var found) ? found : null;

    /// <summary>What is there now, and which version that is.</summary>
    public Snapshot Now() => store.Still(() => new Snapshot(_objects, store.Version));

    /// <summary>The objects of a namespace, or of all when it is null.</summary>
    public IEnumerable<StoredObject> In(string? @namespace) => new Snapshot(Volatile.Read(ref _objects), 0).In(@namespace);

    /// <summary>Watches from behind a version on; null when that is forgotten.</summary>
    public bool TryWatch(Watcher watcher, long after)
    {
        return store.Still(() =>
        {
            if (after < _firstVersion)
            {
                return false;
            }

            foreach (var change in _history)
            {
                if (change.Version > after)
                {
                    watcher.Offer(change);
                }
            }

            Watch(watcher);
            return true;
        });
    }

    /// <summary>Watches from now on, and tells what is there now.</summary>
    public Snapshot WatchFromNow(Watcher watcher) => store.Still(() =>
    {
        Watch(watcher);
        return new Snapshot(_objects, store.Version);
    });

    public void Unwatch(Watcher watcher) => store.Still(() => _watchers.TryGetValue(watcher.Namespace ?? "*", out var those) && those.Remove(watcher));

    /// <summary>Ends all watches as a lost connection does.</summary>
    public int DropWatches() => store.Still(() =>
    {
        var all = _watchers.Values.SelectMany(w => w).ToList();
        all.ForEach(w => w.Drop());
        return all.Count;
    });

    public void Expire(long version)
    {
        _history.Clear();
        _firstVersion = version;
        foreach (var watcher in _watchers.Values.SelectMany(w => w).ToList())
        {
            watcher.Expire();
        }
    }

    public void Take(StoreChange change, int historyLimit)
    {
        var one = change.Object;
        var names = _objects.GetValueOrDefault(one.Namespace, Empty);
        names = change.Kind == ChangeKind.Deleted ? names.Remove(one.Name) : names.SetItem(one.Name, one);
        Volatile.Write(ref _objects, names.IsEmpty ? _objects.Remove(one.Namespace) : _objects.SetItem(one.Namespace, names));
        Count += change.Kind switch { ChangeKind.Added => 1, ChangeKind.Deleted => -1, _ => 0 };
        _history.Enqueue(change);
        while (_history.Count > historyLimit)
        {
            _firstVersion = _history.Dequeue().Version;
        }

        Offer("*", change);
        if (one.Namespace.Length > 0)
        {
            Offer(one.Namespace, change);
        }
    }

    private void Offer(string @namespace, StoreChange change)
    {
        if (_watchers.TryGetValue(@namespace, out var those))
        {
            foreach (var watcher in those)
            {
                watcher.Offer(change);
            }
        }
    }

    private void Watch(Watcher watcher)
    {
        if (!_watchers.TryGetValue(watcher.Namespace ?? "*", out var those))
        {
            _watchers[watcher.Namespace ?? "*"] = those = [];
        }

        those.Add(watcher);
    }
}

/// <summary>The objects of one kind at one version.</summary>
internal sealed record Snapshot(AllObjects Objects, long Version)
{
    // Made when a second page is asked for: a tree has no way to begin in its middle.
    private readonly Lazy<string[]> _names = new(() => [.. Objects.Keys]);

    /// <summary>The objects in a namespace (null: in all), in order, behind a given one.</summary>
    public IEnumerable<StoredObject> In(string? @namespace, string? afterNamespace = null, string? afterName = null)
    {
        foreach (var (name, names) in Namespaces(@namespace, afterNamespace))
        {
            foreach (var (key, value) in names)
            {
                if (name != afterNamespace || string.CompareOrdinal(key, afterName) > 0)
                {
                    yield return value;
                }
            }
        }
    }

    private IEnumerable<KeyValuePair<string, Names>> Namespaces(string? only, string? from)
    {
        if (only is not null)
        {
            return Objects.TryGetValue(only, out var names) ? [new KeyValuePair<string, Names>(only, names)] : [];
        }

        if (from is null)
        {
            return Objects;
        }

        var at = Array.BinarySearch(_names.Value, from, StringComparer.Ordinal);
        return _names.Value.Skip(at < 0 ? ~at : at).Select(n => new KeyValuePair<string, Names>(n, Objects[n]));
    }
}
