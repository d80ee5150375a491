using System.Collections.Concurrent;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;

namespace LabOrchestrator.Kubernetes.Api.Watching;

/// <summary>One watched collection per kind and scope for whoever asks, begun at the first question.</summary>
internal sealed class WatchedCollections(KubernetesClient client) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(KubernetesKind Kind, ObjectScope Scope), IAsyncDisposable> _all = new();

    /// <summary>The collection of that kind and scope. Await <see cref="WatchedCollection{T}.Synced"/> before believing that something is not there.</summary>
    public WatchedCollection<T> Of<T>(KubernetesKind<T> kind, ObjectScope scope)
        where T : KubernetesObject
    {
        var collection = (WatchedCollection<T>)_all.GetOrAdd((kind, scope), _ => new WatchedCollection<T>(client, kind, scope));
        collection.Start();
        return collection;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var collection in _all.Values)
        {
            await collection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
