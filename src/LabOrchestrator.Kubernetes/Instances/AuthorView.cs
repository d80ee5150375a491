using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Watching;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>
/// What the cluster holds of what labs' authors added, and of the accounts that add it: a watch for each kind that is not watched anyway,
/// from the first such lab on.
/// Secrets are not among them: a right to watch them is one to read all of them.
/// </summary>
internal sealed class AuthorView : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly Dictionary<string, WatchedCollection<PlainObject>> _added;
    private readonly Func<WatchState>[] _states;
    private readonly ClusterView _view;

    public AuthorView(KubernetesClient client, ClusterView view)
    {
        _time = client.Time;
        _view = view;
        KubernetesKind[] kinds = [Kinds.ConfigMap, Kinds.PersistentVolumeClaim, Kinds.Deployment, Kinds.StatefulSet, Kinds.ServiceAccount, Kinds.RoleBinding];
        _added = kinds.ToDictionary(k => k.Name, k => new WatchedCollection<PlainObject>(client, k.Plain(), view.Ours));
        _states = [.. _added.Values.Select(view.Follow)];
    }

    /// <summary>Begins to watch, and returns when everything was listed once.</summary>
    /// <exception cref="RuntimeUnavailableException">Not everything can be seen now; the message says why.</exception>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        foreach (var collection in _added.Values)
        {
            collection.Start();
        }

        try
        {
            await Task.WhenAll(_added.Values.Select(c => c.Settled)).WaitAsync(Patience, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new RuntimeUnavailableException("The API server takes long to list what labs' authors added.", e);
        }

        if (_states.Select(s => s().Failure).FirstOrDefault(f => f is not null) is { } failure)
        {
            throw Refusals.Unavailable(failure);
        }
    }

    /// <summary>Whether the object of a manifest is there; null where that cannot be seen.</summary>
    public bool? Has(JsonObject manifest, string @namespace)
    {
        var (kind, name) = ((string)manifest["kind"]!, Manifest.NameOf(manifest)!);
        return kind switch
        {
            "Service" => _view.Services.TryGet(@namespace, name, out _),
            "Pod" => _view.Pods.TryGet(@namespace, name, out _),
            _ => _added.TryGetValue(kind, out var collection) ? collection.TryGet(@namespace, name, out _) : null,
        };
    }

    /// <summary>The account of a manifest, or its role; null when it is not there.</summary>
    public PlainObject? Find(JsonObject manifest, string @namespace) =>
        _added[(string)manifest["kind"]!].TryGet(@namespace, Manifest.NameOf(manifest)!, out var found) ? found : null;

    public async ValueTask DisposeAsync()
    {
        foreach (var collection in _added.Values)
        {
            await collection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
