using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>
/// Keeps objects as we made them: what isolates and bounds an instance holds whoever changes it. Looking costs no request.
/// </summary>
internal sealed partial class KeptObjects(KubernetesClient client, ObjectApplier objects, ILogger logger)
{
    private readonly Repairs _repairs = new(client.Time);

    /// <summary>The object is there as the manifest says, and nothing of it was changed by others.</summary>
    public bool IsKept(KubernetesObject? found, JsonObject manifest) =>
        ObjectApplier.IsCurrent(found, manifest) && (IsUntouched(found!, manifest) || !_repairs.May(found!));

    /// <summary>Applies a manifest whose object is missing, described anew or changed by others; what was lost or changed is noted.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="found">The object as it was seen, or null.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="losses">Where it is noted; null where nobody had it yet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="also">Adds what the object has beyond its manifest.</param>
    public async Task<T> ApplyAsync<T>(
        KubernetesKind<T> kind, KubernetesObject? found, JsonObject manifest, Losses? losses, CancellationToken cancellationToken, Action<JsonObject>? also = null)
        where T : KubernetesObject
    {
        var made = await objects.ApplyAsync(kind, manifest, cancellationToken, also).ConfigureAwait(false);
        if (made.IsNew)
        {
            losses?.Add(manifest);
        }
        else if (made.Object.Metadata.Owners?.Removal(manifest) is { } removal)
        {
            await client.MergePatchAsync(kind, made.Object.Namespace, made.Object.Name, removal, WriteOptions.Default, cancellationToken).ConfigureAwait(false);
        }

        if (!made.IsNew && found is { IsDeleting: false } && WasTouched(found, manifest))
        {
            var by = string.Join(", ", found.Metadata.Owners?.Intruders(manifest) ?? []);
            losses?.AddChanged(manifest);
            LogChanged(logger, kind, found.Namespace, found.Name, by);
            if (_repairs.Note(found))
            {
                LogInVain(logger, kind, found.Namespace, found.Name, by);
            }
        }

        return made.Object;
    }

    private static bool IsUntouched(KubernetesObject found, JsonObject manifest) => found.Metadata.Owners?.Kept(manifest) == true;

    // One that was made by an earlier version of this program from another manifest was not touched by anybody.
    private static bool WasTouched(KubernetesObject found, JsonObject manifest) =>
        !found.Metadata.Annotations.ContainsKey(ClusterLabels.Manifest) || (ObjectApplier.IsCurrent(found, manifest) && !IsUntouched(found, manifest));

    [LoggerMessage(3003, LogLevel.Warning, "{Kind} {Namespace}/{Name} was changed by {By} and set right again")]
    private static partial void LogChanged(ILogger logger, KubernetesKind kind, string @namespace, string name, string by);

    [LoggerMessage(3004, LogLevel.Error, "{Kind} {Namespace}/{Name} is changed again and again by {By}; it is left so for five minutes. Find out who does it and why: what isolates this lab may not hold")]
    private static partial void LogInVain(ILogger logger, KubernetesKind kind, string @namespace, string name, string by);
}
