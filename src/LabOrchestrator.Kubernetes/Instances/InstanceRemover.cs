using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>Removes everything of an instance: its namespace. What is already gone is no error; what is not ours is never touched.</summary>
internal sealed class InstanceRemover(
    KubernetesClient client, ClusterView view, InstanceWait wait, Installation installation, KubernetesRuntimeOptions options)
{
    /// <summary>Returns when the namespace is gone.</summary>
    /// <exception cref="RuntimeUnavailableException">It does not end; the message names what blocks it.</exception>
    public async Task RemoveAsync(long instanceId, CancellationToken cancellationToken)
    {
        await view.ReadyAsync(cancellationToken).ConfigureAwait(false);
        foreach (var found in await FindAsync(instanceId, cancellationToken).ConfigureAwait(false))
        {
            if (!found.IsDeleting)
            {
                await client.DeleteAsync(Kinds.Namespace, null, found.Name, new DeleteOptions { Uid = found.Metadata.Uid }, cancellationToken)
                    .ConfigureAwait(false);
            }

            await wait.GoneAsync(
                instanceId,
                () => view.Namespaces.TryGet("", found.Name, out var still) && still.Metadata.Uid == found.Metadata.Uid,
                TimeSpan.FromSeconds(options.EndSeconds),
                () => EndingNamespace.WhatBlocks(view.Namespaces.TryGet("", found.Name, out var still) ? still : found, view),
                cancellationToken).ConfigureAwait(false);
        }
    }

    // The watch may not have told yet of a namespace that was made a moment ago; the cluster itself has it.
    private async Task<IReadOnlyList<Namespace>> FindAsync(long instanceId, CancellationToken cancellationToken)
    {
        if (view.Index.Find(instanceId) is { } name && view.Namespaces.TryGet("", name, out var known))
        {
            return [known];
        }

        var ours = new ObjectScope
        {
            LabelSelector = $"{ClusterLabels.Installation}={installation.Id},{ClusterLabels.Instance}={instanceId}",
        };
        return (await client.ListAsync(Kinds.Namespace, ours, cancellationToken).ConfigureAwait(false)).Items;
    }
}
