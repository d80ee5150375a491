using System.Collections.Immutable;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Networks;

/// <summary>
/// A network of an instance with every address in it. The engine insists that its networks do not overlap, but many instances of one
/// lab have the author's same subnet: from the second on, such a network has a <see cref="Carrier"/> subnet that only the engine
/// knows, and the addresses of the lab are set inside the machines.
/// </summary>
internal sealed record NetworkPlan
{
    /// <summary>What the author wrote.</summary>
    public required NetworkDefinition Definition { get; init; }

    /// <summary>The subnet that the engine knows.</summary>
    public required Ipv4Subnet Carrier { get; init; }

    /// <summary>The subnet that the machines see.</summary>
    public required Ipv4Subnet Subnet { get; init; }

    /// <summary>The helper's address that machines know: their gateway and name server.</summary>
    public required uint Gateway { get; init; }

    /// <summary>The address that the engine gives to the helper.</summary>
    public required uint HelperCarrier { get; init; }

    /// <summary>The cards in it, by machine.</summary>
    public required ImmutableSortedDictionary<string, CardPlan> Cards { get; init; }

    /// <summary>True when the machines' addresses differ from those that the engine gives.</summary>
    public bool IsRewritten => Carrier != Subnet;

    /// <summary>The address that the engine keeps for its bridge. Nobody has it: it is the helper's where machines see the carrier.</summary>
    public uint EngineGateway => IsRewritten ? Carrier.First + 1 : Gateway;

    /// <summary>How many addresses of the carrier a network of so many machines takes: the bridge's, the helper's, the machines'.</summary>
    public static int HostsFor(int machines) => machines + 2;

    /// <summary>The prefix of a subnet that is chosen for a network.</summary>
    public static int PrefixFor(NetworkDefinition network, IReadOnlyList<MachineSpec> machines) => Math.Min(
        Ipv4Subnet.UsualPrefix,
        Ipv4Subnet.PrefixFor(HostsFor(machines.Count(m => m.Definition.Networks.Any(n => n.Name == network.Name)))));

    /// <summary>Lays out the addresses; the same for the same machines, whenever it is asked.</summary>
    /// <exception cref="InstanceFailedException">The author's subnet has too few addresses, or an address is not in it.</exception>
    public static NetworkPlan Of(NetworkDefinition network, Ipv4Subnet carrier, IReadOnlyList<MachineSpec> machines)
    {
        var subnet = network.Subnet is null ? carrier : Ipv4Subnet.Parse(network.Subnet);
        var addresses = NetworkAddresses.Of(network, subnet, machines);
        var isRewritten = carrier != subnet;
        var helperCarrier = isRewritten ? carrier.First + 2 : addresses.HelpersSecond;
        var carried = carrier.First + 3;
        var cards = addresses.Machines.Select(a =>
        {
            var carrierAddress = isRewritten ? carried++ : a.Address;
            return new CardPlan(
                a.Machine, network.Name, Ipv4Subnet.Format(carrierAddress), Ipv4Subnet.Format(a.Address), subnet.Prefix, NetworkAddresses.MacOf(carrierAddress))
            {
                Gateway = Ipv4Subnet.Format(addresses.Gateway),
                IsRewritten = isRewritten,
                IsOpen = network.Internet,
            };
        });
        return new NetworkPlan
        {
            Definition = network,
            Carrier = carrier,
            Subnet = subnet,
            Gateway = addresses.Gateway,
            HelperCarrier = helperCarrier,
            Cards = cards.ToImmutableSortedDictionary(c => c.Machine, c => c, StringComparer.Ordinal),
        };
    }
}

/// <summary>One card of a machine.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Network">Name of the network in the lab.</param>
/// <param name="Carrier">The address that the engine gives.</param>
/// <param name="Address">The address that the machine has.</param>
/// <param name="Prefix">Bits of the subnet's prefix.</param>
/// <param name="Mac">The card's address where we choose it: in a VM.</param>
internal sealed record CardPlan(string Machine, string Network, string Carrier, string Address, int Prefix, string Mac)
{
    /// <summary>The helper's address in that network.</summary>
    public required string Gateway { get; init; }

    /// <summary>True when the machine's address must be set inside.</summary>
    public bool IsRewritten { get; init; }

    /// <summary>True when the network is let out to the internet.</summary>
    public bool IsOpen { get; init; }

    /// <summary>
    /// The helper's addresses in a machine's networks, the best way out first: who knows names outside is asked before who does not.
    /// </summary>
    public static ImmutableArray<string> GatewaysOf(IReadOnlyList<CardPlan> cards) => [.. cards.OrderByDescending(c => c.IsOpen).Select(c => c.Gateway)];
}
