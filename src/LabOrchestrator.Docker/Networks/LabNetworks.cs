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
        InstanceSpec spec, FoundInstance found, CancellationToken cancellationToken) =>
        await Task.WhenAll(spec.Networks.Select(async n =>
        {
            var memory = NetworkMemory.Of(spec, n, found, names.Network(spec.InstanceId, n.Name));
            var network = n with { Subnet = memory.Seen?.ToString() };
            var carrier = memory.Present ?? await CreateAsync(spec, network, memory.Carrier, cancellationToken).ConfigureAwait(false);
            return NetworkPlan.Of(network, carrier, spec.Machines);
        })).ConfigureAwait(false);

    private async Task<Ipv4Subnet> CreateAsync(
        InstanceSpec spec, NetworkDefinition network, Ipv4Subnet? former, CancellationToken cancellationToken)
    {
        // Containers that were in one before would rather have the addresses that they had. And of all instances of a lab with a subnet of
        // its own, one can have it in the engine too; that saves setting it inside.
        var wish = former ?? (network.Subnet is null ? null : Ipv4Subnet.Parse(network.Subnet));
        if (wish is { } wanted && await TryCreateAsync(spec, network, wanted, cancellationToken).ConfigureAwait(false))
        {
            return wanted;
        }

        var prefix = NetworkPlan.PrefixFor(network, spec.Machines);
        return await subnets.TakeAsync(prefix, [], subnet => TryCreateAsync(spec, network, subnet, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    // False when the subnet is taken.
    private async Task<bool> TryCreateAsync(InstanceSpec spec, NetworkDefinition network, Ipv4Subnet subnet, CancellationToken cancellationToken)
    {
        var plan = NetworkPlan.Of(network, subnet, spec.Machines);
        try
        {
            await engine.Networks.CreateAsync(Describe(spec, plan), cancellationToken).ConfigureAwait(false);
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

    private NetworkCreation Describe(InstanceSpec spec, NetworkPlan plan)
    {
        var network = plan.Definition;
        var labels = EngineLabels.For(installation, spec, EngineRoles.Network, LossWords.Network(network.Name));
        labels[EngineLabels.Network] = network.Name;
        return new NetworkCreation
        {
            Name = names.Network(spec.InstanceId, network.Name),
            Labels = labels,
            Addresses = new AddressManagement
            {
                Config = [new AddressRange { Subnet = plan.Carrier.ToString(), Gateway = Ipv4Subnet.Format(plan.EngineGateway) }],
            },
            Options = new Dictionary<string, string>
            {
                ["com.docker.network.bridge.name"] = names.Bridge(spec.InstanceId, network.Name),
                ["com.docker.network.bridge.inhibit_ipv4"] = "true",
                ["com.docker.network.bridge.enable_ip_masquerade"] = "false",
                ["com.docker.network.bridge.enable_icc"] = "true",
            },
        };
    }
}
