using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Rights;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>
/// Applies what a lab's author adds to an instance, as an account that may do that in its namespace and nothing else. The namespace keeps a
/// mark of what was applied, so that looking at the instance again costs no request.
/// </summary>
internal sealed class AuthorObjects(
    KubernetesClient client, ClusterView view, AuthorView added, KeptObjects kept, Installation installation, KubernetesRuntimeOptions options)
{
    private const int MostTries = 6;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly SecretCount _secrets = new(view);

    /// <summary>Applies what is not applied yet, or was lost.</summary>
    /// <exception cref="InstanceFailedException">The cluster refuses an object.</exception>
    public async Task EnsureAsync(InstanceSpec instance, string nameServer, Losses losses, CancellationToken cancellationToken)
    {
        if (instance.ClusterObjects.IsEmpty)
        {
            return;
        }

        await added.ReadyAsync(cancellationToken).ConfigureAwait(false);
        var @namespace = LabNamespace.NameOf(instance);
        var manifests = AuthorManifests.Objects(instance, nameServer, installation, options);
        var mark = MarkOf(manifests);
        var isMarked = view.Namespaces.TryGet("", @namespace, out var found) && found.Metadata.Annotations.GetValueOrDefault(ClusterLabels.AuthorObjects) == mark;
        if (isMarked)
        {
            var isShort = _secrets.IsShort(instance);
            manifests = [.. manifests.Where(m => !(added.Has(m, @namespace) ?? !isShort))];
        }

        await AccountAsync(instance, @namespace, isMarked ? losses : null, cancellationToken).ConfigureAwait(false);
        var author = new ObjectApplier(client.As(Impersonation.ServiceAccount(@namespace, RequiredRights.AuthorsAccount)));
        foreach (var manifest in manifests)
        {
            // One that is new to us only, because its watch is behind, was not lost.
            if (await ApplyAsync(author, manifest, cancellationToken).ConfigureAwait(false) && isMarked)
            {
                losses.Add(manifest);
            }
        }

        if (isMarked)
        {
            return;
        }

        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [ClusterLabels.AuthorObjects] = mark } } };
        await client.MergePatchAsync(Kinds.Namespace, null, @namespace, patch, WriteOptions.Default, cancellationToken).ConfigureAwait(false);
    }

    // Nothing that somebody else lets this account do, or lets do what this account may.
    private async Task AccountAsync(InstanceSpec instance, string @namespace, Losses? losses, CancellationToken cancellationToken) => await Task.WhenAll(
        from manifest in new[] { AuthorManifests.Account(instance, installation), AuthorManifests.Binding(instance, installation, options) }
        let found = added.Find(manifest, @namespace)
        where !kept.IsKept(found, manifest)
        select kept.ApplyAsync(Manifest.KindOf(manifest)!.Plain(), found, manifest, losses, cancellationToken)).ConfigureAwait(false);

    private async Task<bool> ApplyAsync(ObjectApplier author, JsonObject manifest, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await author.ApplyAsync(manifest, cancellationToken).ConfigureAwait(false);
            }
            catch (ForbiddenException e) when (!Refusals.IsOfTheObject(e) && tries < MostTries)
            {
                // The API server's copy of the roles is a moment behind the binding that we just made.
                await Task.Delay(pause, client.Time, cancellationToken).ConfigureAwait(false);
                pause *= 2;
            }
        }
    }

    private static string MarkOf(IEnumerable<JsonObject> manifests) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', manifests.Select(m => m.ToJsonString())))).AsSpan(0, 8));
}
