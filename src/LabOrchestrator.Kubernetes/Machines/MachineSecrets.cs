using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>The Secrets with the machines' passwords, once the machines are there: without its Secret none of them comes on again.</summary>
internal sealed class MachineSecrets(ClusterView view, ObjectApplier objects, Installation installation, KubernetesRuntimeOptions options)
{
    private readonly SecretCount _secrets = new(view);

    /// <summary>Makes again those that were lost.</summary>
    public async Task EnsureAsync(InstanceSpec instance, Losses losses, CancellationToken cancellationToken)
    {
        if (!instance.HasRun || !_secrets.IsShort(instance))
        {
            return;
        }

        foreach (var machine in instance.Machines)
        {
            if (LabManifests.SecretOf(instance, machine, installation, options) is { } secret
                && await objects.ApplyAsync(secret, cancellationToken).ConfigureAwait(false))
            {
                losses.Add(secret);
            }
        }
    }
}
