using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Requests;

namespace LabOrchestrator.KubernetesSimulator.Store;

/// <summary>All objects, with one row of versions for all of them, as etcd has.</summary>
internal sealed class ObjectStore
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<(string Group, string Plural), ResourceCollection> _collections = new();
    private long _version = 100;

    /// <summary>Is told of each change, in order, while the store is locked: it must only take note.</summary>
    public event Action<StoreChange>? Changed;

    /// <summary>How many changes of each kind a watch may go back.</summary>
    public int HistoryLimit { get; set; } = 20_000;

    public long Version => Volatile.Read(ref _version);

    public IEnumerable<ResourceCollection> Collections => _collections.Values;

    public ResourceCollection Of(ResourceKind kind) => Of(kind.Group, kind.Plural);

    public ResourceCollection Of(string group, string plural) =>
        _collections.GetOrAdd((group, plural), key => new ResourceCollection(key.Group, key.Plural, this));

    public StoredObject? Find(ObjectAddress at) => Of(at.Group, at.Plural).Find(at.Namespace, at.Name);

    public StoredObject Add(ResourceKind kind, JsonObject value)
    {
        lock (_lock)
        {
            var collection = Of(kind);
            var candidate = new StoredObject(kind, value);
            if (collection.Find(candidate.Namespace, candidate.Name) is not null)
            {
                throw ApiRefusal.AlreadyExists(kind, candidate.Name);
            }

            var stored = StoredObject.At(kind, value, _version + 1);
            Commit(collection, new StoreChange(ChangeKind.Added, stored, null, _version + 1));
            return stored;
        }
    }

    /// <summary>Puts another state in the place of <paramref name="before"/>; null when somebody else was faster.</summary>
    public StoredObject? Replace(StoredObject before, JsonObject value)
    {
        lock (_lock)
        {
            var collection = Of(before.Kind);
            if (!ReferenceEquals(collection.Find(before.Namespace, before.Name), before))
            {
                return null;
            }

            var stored = StoredObject.At(before.Kind, value, _version + 1);
            Commit(collection, new StoreChange(ChangeKind.Modified, stored, before, _version + 1));
            return stored;
        }
    }

    /// <summary>Takes an object away; null when somebody else changed it meanwhile.</summary>
    public StoredObject? Remove(StoredObject before)
    {
        lock (_lock)
        {
            var collection = Of(before.Kind);
            if (!ReferenceEquals(collection.Find(before.Namespace, before.Name), before))
            {
                return null;
            }

            // The last state carries the version of the deletion, so that a watch resumes behind it.
            var last = StoredObject.At(before.Kind, before.Read(), _version + 1);
            Commit(collection, new StoreChange(ChangeKind.Deleted, last, before, _version + 1));
            return last;
        }
    }

    /// <summary>Forgets the past: watches from any version before now are refused as expired.</summary>
    public void Expire()
    {
        lock (_lock)
        {
            foreach (var collection in _collections.Values)
            {
                collection.Expire(_version + 1);
            }

            _version++;
        }
    }

    /// <summary>Runs with nobody changing anything.</summary>
    public T Still<T>(Func<T> action)
    {
        lock (_lock)
        {
            return action();
        }
    }

    private void Commit(ResourceCollection collection, StoreChange change)
    {
        Volatile.Write(ref _version, change.Version);
        collection.Take(change, HistoryLimit);
        Changed?.Invoke(change);
    }
}

internal enum ChangeKind
{
    Added,
    Modified,
    Deleted,
}

/// <param name="Kind">What happened.</param>
/// <param name="Object">The state after it; of a deletion the last one.</param>
/// <param name="Before">The state before it.</param>
/// <param name="Version">The resourceVersion of the change.</param>
internal sealed record StoreChange(ChangeKind Kind, StoredObject Object, StoredObject? Before, long Version);
