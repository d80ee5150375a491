using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>
/// Applies manifests that are not applied yet. Each object keeps the hash of what was applied, so that looking at an instance again,
/// or at all of them after a restart, costs no request.
/// </summary>
internal sealed class ObjectApplier(KubernetesClient client)
{
    private const int MostTries = 8;
    private const int HashBytes = 8;

    // We are the only ones to describe these objects: what somebody else set of them gives way.
    private static readonly ApplyOptions Ours = new() { Force = true };

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>The object is there as the manifest says.</summary>
    public static bool IsCurrent(KubernetesObject? found, JsonObject manifest) =>
        found is { IsDeleting: false } && found.Metadata.Annotations.GetValueOrDefault(ClusterLabels.Manifest) == HashOf(manifest);

    /// <summary>Applies a manifest.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="also">Adds what the object has beyond its manifest: one without that is as current.</param>
    public Task<Applied<T>> ApplyAsync<T>(
        KubernetesKind<T> kind, JsonObject manifest, CancellationToken cancellationToken, Action<JsonObject>? also = null)
        where T : KubernetesObject =>
        InsistAsync(() => client.ApplyAndTellAsync(kind, Stamped(manifest, also), Ours, cancellationToken), cancellationToken);

    /// <summary>Applies a manifest of a kind that the manifest states. Returns whether there was no such object before.</summary>
    public Task<bool> ApplyAsync(JsonObject manifest, CancellationToken cancellationToken) =>
        InsistAsync(() => client.ApplyAsync(Manifest.KindOf(manifest)!, Stamped(manifest), Ours, cancellationToken), cancellationToken);

    /// <summary>Creates an object that must be new.</summary>
    /// <exception cref="ObjectExistsException">It is not.</exception>
    public Task<T> CreateAsync<T>(KubernetesKind<T> kind, JsonObject manifest, CancellationToken cancellationToken)
        where T : KubernetesObject => client.CreateAsync(kind, Stamped(manifest), WriteOptions.Default, cancellationToken);

    private static JsonObject Stamped(JsonObject manifest, Action<JsonObject>? also = null)
    {
        var stamped = (JsonObject)manifest.DeepClone();
        var metadata = stamped["metadata"]!;
        var annotations = metadata["annotations"] as JsonObject ?? [];
        metadata["annotations"] = annotations;
        annotations[ClusterLabels.Manifest] = HashOf(manifest);
        also?.Invoke(stamped);
        return stamped;
    }

    private static string HashOf(JsonObject manifest) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(manifest)).AsSpan(0, HashBytes));

    // A new namespace gets its service account, and its quota a first count, a moment after it was made.
    private async Task<T> InsistAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await request().ConfigureAwait(false);
            }
            catch (ForbiddenException e) when (Refusals.IsNotYet(e) && tries < MostTries)
            {
                await Task.Delay(pause, client.Time, cancellationToken).ConfigureAwait(false);
                pause *= 2;
            }
        }
    }
}
