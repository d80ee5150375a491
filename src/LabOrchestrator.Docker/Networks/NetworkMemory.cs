using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Networks;

/// <summary>
/// The subnets of an instance's network. Its containers know their addresses by heart: also where the network itself is gone, and where
/// the engine could not give them back to one that was made again.
/// </summary>
/// <param name="Present">The subnet that the engine has for it; null when the network is not there.</param>
/// <param name="Carrier">The subnet that the engine has or had for it; null when no container ever was in it.</param>
/// <param name="Seen">The subnet that machines see: the author's, else the one that was chosen for it first; null when none was.</param>
internal sealed record NetworkMemory(Ipv4Subnet? Present, Ipv4Subnet? Carrier, Ipv4Subnet? Seen)
{
    /// <summary>What is there of a network, and what its containers know.</summary>
    /// <param name="spec">The instance.</param>
    /// <param name="network">The network.</param>
    /// <param name="found">What the engine has of the instance.</param>
    /// <param name="name">The engine's name of the network.</param>
    public static NetworkMemory Of(InstanceSpec spec, NetworkDefinition network, FoundInstance found, string name)
    {
        Ipv4Subnet? author = network.Subnet is null ? null : Ipv4Subnet.Parse(network.Subnet);
        Ipv4Subnet? present = found.FindNetwork(network.Name)?.Subnets.FirstOrDefault() is { } subnet ? Ipv4Subnet.Parse(subnet) : null;
        var ends = (found.Helper?.Ends ?? []).Concat(found.Machines.SelectMany(m => m.Ends));
        return new NetworkMemory(
            present,
            present ?? Around(ends.FirstOrDefault(e => e.Network == name)?.Address),
            author ?? Around(spec.Machines.Select(m => AddressOf(m, network, found)).FirstOrDefault(a => a is not null)));

        Ipv4Subnet? Around(string? text) =>
            text is null || !Ipv4Subnet.TryParseAddress(text, out var address) ? null
            : author?.Contains(address) == true ? author
            : present?.Contains(address) == true ? present
            : Ipv4Subnet.Around(address, NetworkPlan.PrefixFor(network, spec.Machines));
    }

    // Its label has the addresses of its cards, in their order.
    private static string? AddressOf(MachineSpec machine, NetworkDefinition network, FoundInstance found)
    {
        var card = machine.Definition.Networks.Select(n => n.Name).ToList().IndexOf(network.Name);
        var addresses = found.Find(machine.Name)?.Labels.GetValueOrDefault(EngineLabels.Addresses)?.Split(',') ?? [];
        return card >= 0 && card < addresses.Length && addresses[card].Length > 0 ? addresses[card] : null;
    }
}
