using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Api.Watching;

namespace LabOrchestrator.Kubernetes.Api;

/// <summary>Watches.</summary>
internal sealed partial class KubernetesClient
{
    /// <summary>Opens a watch of what happens to objects after a list. Most callers want a <see cref="WatchedCollection{T}"/>.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="scope">Which of them.</param>
    /// <param name="resourceVersion">The list's.</param>
    /// <param name="lifetime">After that time the server ends it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Errors.StateExpiredException">The version is too old: list again.</exception>
    public async Task<ObjectWatch<T>> WatchAsync<T>(
        KubernetesKind<T> kind, ObjectScope scope, string resourceVersion, TimeSpan lifetime, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        var path = ApiPath.Of(kind, scope.Namespace) + ApiPath.Query(
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", resourceVersion),
            ("timeoutSeconds", ApiPath.Number((int)lifetime.TotalSeconds)),
            ("labelSelector", scope.LabelSelector),
            ("fieldSelector", scope.FieldSelector));
        var request = ApiRequest.Get(path) with { Name = "WATCH" };
        return new ObjectWatch<T>(kind, await _connection.StreamAsync(request, _impersonation, cancellationToken).ConfigureAwait(false));
    }
}
