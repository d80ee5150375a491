using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Networks;

/// <summary>Refuses subnets of labs in which the cluster has its services: a machine would look for its name server among its neighbours.</summary>
internal sealed class ServiceAddresses(KubernetesClient client, ClusterView view, KubernetesRuntimeOptions options)
{
    private volatile IReadOnlyList<string>? _clusters;

    /// <summary>
    /// Compares with what is known of the cluster's services before anything of an instance is made: the cluster's API and name servers, and those
    /// of other instances. Which address the instance itself will get the cluster says only later.
    /// </summary>
    /// <exception cref="InstanceFailedException">A subnet has one of them.</exception>
    public async Task RefuseAsync(LabLinks links, CancellationToken cancellationToken)
    {
        _clusters ??= await FindAsync(cancellationToken).ConfigureAwait(false);
        foreach (var address in (_clusters ?? []).Concat(view.Services.All().Select(s => s.Spec.ClusterIp).OfType<string>()))
        {
            Refuse(links, address);
        }
    }

    /// <summary>Compares with one address.</summary>
    /// <exception cref="InstanceFailedException">A subnet has it.</exception>
    public static void Refuse(LabLinks links, string address)
    {
        if (Ipv4Subnet.TryParseAddress(address, out var number) && links.All.FirstOrDefault(l => l.Addresses.Subnet.Contains(number)) is { } link)
        {
            throw new InstanceFailedException(
                $"The lab's network \"{link.Network.Name}\" ({link.Addresses.Subnet}) has addresses that the cluster gives to its services, such as {address}. "
                + (link.Network.Subnet is null ? "Set Kubernetes__LabSubnets to a range that the cluster does not use." : "Choose another subnet in lab.yaml."));
        }
    }

    // They stay where they are as long as the cluster.
    private async Task<IReadOnlyList<string>?> FindAsync(CancellationToken cancellationToken)
    {
        var (dnsNamespace, label, value) = PolicyManifests.Selector(options.ClusterDns);
        try
        {
            var api = await client.ListAsync(
                Kinds.Service, new ObjectScope { Namespace = "default", FieldSelector = "metadata.name=kubernetes" }, cancellationToken).ConfigureAwait(false);
            var names = await client.ListAsync(
                Kinds.Service, new ObjectScope { Namespace = dnsNamespace, LabelSelector = $"{label}={value}" }, cancellationToken).ConfigureAwait(false);
            return [.. api.Items.Concat(names.Items).Select(s => s.Spec.ClusterIp).OfType<string>()];
        }
        catch (KubernetesException)
        {
            // Who may not list them in every namespace finds out a little later.
            return null;
        }
    }
}
