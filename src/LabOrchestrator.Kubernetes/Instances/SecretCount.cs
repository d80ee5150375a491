using System.Globalization;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>
/// Whether an instance lacks a Secret. The server may write Secrets and not read them; but its quota has the cluster count them, and
/// quotas are watched.
/// </summary>
internal sealed class SecretCount(ClusterView view)
{
    /// <summary>Fewer are there than were made. False also while the cluster has not counted.</summary>
    public bool IsShort(InstanceSpec instance) =>
        view.Quotas.TryGet(LabNamespace.NameOf(instance), NamespaceManifests.QuotaName, out var quota)
        && quota.Status.Used.TryGetValue(NamespaceManifests.SecretsKey, out var used)
        && long.TryParse(used, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && count < NamespaceManifests.SecretsOf(instance);
}
