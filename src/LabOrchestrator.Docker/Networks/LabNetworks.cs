using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Networks;

/// <summary>
/// The bridges of instances. The host has no address in them, the engine translates nothing, and IPv6 is off; what a machine sends to
/// the host or past it is dropped by the <see cref="HostFirewall"/>.
/// </summary>
internal sealed class LabNetworks(EngineClient engine, EngineNames names, Installation installation, FreeSubnets subnets)
{
    /// <summary>Makes the networks of an instance that are missing and lays out their addresses.</summary>
    /// <exception cref="InstanceFailedException">There is no free subnet, or the engine refuses.</exception>
    public async Task<IReadOnlyList<NetworkPlan>> EnsureAsync(
        InstanceSpec spec, IReadOnlyList<NetworkSummary> found, CancellationToken cancellationToken)
    {
        var carriers = await Task.WhenAll(spec.Networks.Select(async network =>
        {
            var known = found.FirstOrDefault(n => n.Labels?.GetValueOrDefault(EngineLabels.Network) == network.Name);
            return known is null
                ? await CreateAsync(spec, network, cancellationToken).ConfigureAwait(false)
                : Ipv4Subnet.Parse(known.Subnets.First());
        })).ConfigureAwait(false);
        return [.. spec.Networks.Zip(carriers, (network, carrier) => NetworkPlan.Of(network, carrier, spec.Machines))];
    }

    private async Task<Ipv4Subnet> CreateAsync(InstanceSpec spec, NetworkDefinition network, CancellationToken cancellationToken)
    {
        // Of all instances of a lab with a subnet of its own, one can have it in the engine too; that saves setting it inside.
        if (network.Subnet is not null && await TryCreateAsync(spec, network, Ipv4Subnet.Parse(network.Subnet), cancellationToken).ConfigureAwait(false))
        {
            return Ipv4Subnet.Parse(network.Subnet);
        }

        var machines = spec.Machines.Count(m => m.Definition.Networks.Any(n => n.Name == network.Name));
        var prefix = Math.Min(Ipv4Subnet.UsualPrefix, Ipv4Subnet.PrefixFor(NetworkPlan.HostsFor(machines)));
        return await subnets.TakeAsync(prefix, [], subnet => TryCreateAsync(spec, network, subnet, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    // False when the subnet is taken.
    private async Task<bool> TryCreateAsync(InstanceSpec spec, NetworkDefinition network, Ipv4Subnet subnet, CancellationToken cancellationToken)
    {
        var plan = NetworkPlan.Of(network, subnet, spec.Machines);
        try
        {
            await engine.Networks.CreateAsync(Describe(spec.InstanceId, plan), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (EngineException e) when (e.Message.Contains("overlap", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }
        catch (EngineException e)
        {
            throw new InstanceFailedException($"The network \"{network.Name}\" could not be made: {e.Message}", null, e);
        }
    }

    private NetworkCreation Describe(long instanceId, NetworkPlan plan)
    {
        var network = plan.Definition;
        var labels = EngineLabels.For(installation, instanceId, EngineRoles.Network);
        labels[EngineLabels.Network] = network.Name;
        return new NetworkCreation
        {
            Name = names.Network(instanceId, network.Name),
            Labels = labels,
            Addresses = new AddressManagement
            {
                Config = [new AddressRange { Subnet = plan.Carrier.ToString(), Gateway = Ipv4Subnet.Format(plan.EngineGateway) }],
            },
            Options = new Dictionary<string, string>
            {
                ["com.docker.network.bridge.name"] = names.Bridge(instanceId, network.Name),
                ["com.docker.network.bridge.inhibit_ipv4"] = "true",
                ["com.docker.network.bridge.enable_ip_masquerade"] = "false",
                ["com.docker.network.bridge.enable_icc"] = "true",
            },
        };
    }
}
