using System.Diagnostics.CodeAnalysis;
using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Api.Watching;

/// <summary>Objects by namespace and name: what belongs to one instance is found without looking at the others'.</summary>
internal sealed class ObjectCache<T>
    where T : KubernetesObject
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dictionary<string, T>> _namespaces = [];
    private int _count;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    public bool TryGet(string @namespace, string name, [NotNullWhen(true)] out T? found)
    {
        lock (_lock)
        {
            found = null;
            return _namespaces.TryGetValue(@namespace, out var objects) && objects.TryGetValue(name, out found);
        }
    }

    public IReadOnlyList<T> In(string @namespace)
    {
        lock (_lock)
        {
            return _namespaces.TryGetValue(@namespace, out var objects) ? [.. objects.Values] : [];
        }
    }

    public IReadOnlyList<T> All()
    {
        lock (_lock)
        {
            return [.. _namespaces.Values.SelectMany(objects => objects.Values)];
        }
    }

    /// <summary>Keeps the object; returns what was in its place.</summary>
    public T? Set(T value)
    {
        lock (_lock)
        {
            if (!_namespaces.TryGetValue(value.Namespace, out var objects))
            {
                _namespaces[value.Namespace] = objects = [];
            }

            if (!objects.TryGetValue(value.Name, out var before))
            {
                _count++;
            }

            objects[value.Name] = value;
            return before;
        }
    }

    /// <summary>Forgets the object; returns what was there.</summary>
    public T? Remove(T value)
    {
        lock (_lock)
        {
            if (!_namespaces.TryGetValue(value.Namespace, out var objects) || !objects.Remove(value.Name, out var before))
            {
                return null;
            }

            _count--;
            if (objects.Count == 0)
            {
                _namespaces.Remove(value.Namespace);
            }

            return before;
        }
    }
}
