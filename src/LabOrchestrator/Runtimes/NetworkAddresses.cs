using System.Collections.Immutable;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Runtimes;

/// <summary>The addresses in a network of an instance: the same for the same lab, in all its instances and on every runtime.</summary>
/// <param name="Subnet">The subnet that the machines see.</param>
/// <param name="Gateway">The helper's address, where it has one in the network.</param>
/// <param name="HelpersSecond">Another address that no machine has.</param>
/// <param name="Machines">The machines' addresses, in the lab's order.</param>
public sealed record NetworkAddresses(Ipv4Subnet Subnet, uint Gateway, uint HelpersSecond, ImmutableArray<MachineAddress> Machines)
{
    /// <summary>Lays the addresses out: the author's where there are any, the others in order from the third on.</summary>
    /// <exception cref="InstanceFailedException">The subnet has too few addresses, or an address is not in it.</exception>
    public static NetworkAddresses Of(NetworkDefinition network, Ipv4Subnet subnet, IReadOnlyList<MachineSpec> machines)
    {
        var attached = machines
            .SelectMany(m => m.Definition.Networks.Where(n => n.Name == network.Name).Select(n => (m.Name, n.Address)))
            .ToList();
        var claimed = attached.Where(a => a.Address is not null).Select(a => AddressIn(network, subnet, a.Name, a.Address!)).ToHashSet();
        using var free = FreeAddresses(subnet, claimed).GetEnumerator();
        uint Next() => free.MoveNext()
            ? free.Current
            : throw new InstanceFailedException($"The subnet {subnet} of the network \"{network.Name}\" has too few addresses for its machines.");
        var (gateway, second) = (Next(), Next());
        return new NetworkAddresses(
            subnet, gateway, second,
            [.. attached.Select(a => new MachineAddress(a.Name, a.Address is null ? Next() : AddressIn(network, subnet, a.Name, a.Address)))]);
    }

    /// <summary>A card's hardware address, made of its address: locally administered, and unlike those that engines make themselves.</summary>
    public static string MacOf(uint address) =>
        $"02:4c:{address >> 24:x2}:{(address >> 16) & 255:x2}:{(address >> 8) & 255:x2}:{address & 255:x2}";

    private static IEnumerable<uint> FreeAddresses(Ipv4Subnet subnet, HashSet<uint> claimed)
    {
        for (var address = subnet.First + 1; address < subnet.Last; address++)
        {
            if (!claimed.Contains(address))
            {
                yield return address;
            }
        }
    }

    private static uint AddressIn(NetworkDefinition network, Ipv4Subnet subnet, string machine, string text) =>
        Ipv4Subnet.TryParseAddress(text, out var address) && subnet.Contains(address)
            ? address
            : throw new InstanceFailedException($"The address {text} is not in the subnet {subnet} of the network \"{network.Name}\".", machine);
}

/// <summary>A machine's address in a network.</summary>
/// <param name="Machine">Its name.</param>
/// <param name="Address">The address, as a number.</param>
public sealed record MachineAddress(string Machine, uint Address);
