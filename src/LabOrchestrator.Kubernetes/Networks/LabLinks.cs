using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Networks;

/// <summary>
/// The networks of an instance beside the cluster's own, with every address in them. Labs have them that need more than the one network
/// of their namespace can give.
/// </summary>
/// <param name="All">The networks, in the lab's order.</param>
internal sealed record LabLinks(ImmutableArray<LabLink> All)
{
    /// <summary>Below it are the lab's networks, in which machines have names.</summary>
    public const string Domain = "lab";

    // What a DHCP server of KubeVirt takes of search domains, and a machine's own name server file.
    private const int MostSearchBytes = 240;

    private const int ChosenPrefix = 24;
    private const int LongestBridge = 15;
    private const string BridgePrefix = "lo";

    /// <summary>Whether the lab needs networks beside the cluster's own.</summary>
    public static bool AreNeeded(InstanceSpec instance) =>
        instance.Networks.Length > 1
        || instance.Networks.Any(n => n.Subnet is not null)
        || instance.Machines.Any(m => m.Definition.Networks.Any(n => n.Address is not null))
        || instance.Requires.Contains(RuntimeCapabilities.Layer2);

    /// <summary>The instance's networks; null where its namespace's one network is enough.</summary>
    /// <exception cref="InstanceFailedException">A subnet has too few addresses, or none is left.</exception>
    public static LabLinks? Of(InstanceSpec instance, Installation installation, KubernetesRuntimeOptions options)
    {
        if (!AreNeeded(instance))
        {
            return null;
        }

        // Each bridge is apart from all others, so every instance may have the same subnets.
        var taken = instance.Networks.Where(n => n.Subnet is not null).Select(n => Ipv4Subnet.Parse(n.Subnet!)).ToList();
        using var free = Free(Ipv4Subnet.Parse(options.LabSubnets), taken).GetEnumerator();
        return new LabLinks(
        [
            .. instance.Networks.Select(network =>
            {
                var subnet = network.Subnet is { } fixedSubnet ? Ipv4Subnet.Parse(fixedSubnet)
                    : free.MoveNext() ? free.Current
                    : throw new InstanceFailedException(
                        $"Kubernetes__LabSubnets ({options.LabSubnets}) has no subnet left for the network \"{network.Name}\". Set a larger range, or fix the lab's subnets elsewhere.");
                return new LabLink(network, BridgeOf(installation, instance.InstanceId, network.Name), NetworkAddresses.Of(network, subnet, instance.Machines))
                {
                    ChecksSenders = !instance.Requires.Contains(RuntimeCapabilities.Layer2),
                };
            }),
        ]);
    }

    /// <summary>A machine's cards, in their order.</summary>
    public IReadOnlyList<LabCard> CardsOf(MachineDefinition machine) =>
    [
        .. machine.Networks.Select((n, i) =>
        {
            var link = All.Single(l => l.Network.Name == n.Name);
            return new LabCard(link, machine, i, link.Addresses.Machines.Single(a => a.Machine == machine.Name).Address);
        }),
    ];

    /// <summary>The domains below which a machine looks for names: those of its own networks, so that it gets the address it can reach.</summary>
    public IReadOnlyList<string> SearchDomainsOf(MachineDefinition machine)
    {
        var bytes = 0;
        return [.. CardsOf(machine).Select(c => c.Link.DomainName).TakeWhile(d => (bytes += d.Length + 2) <= MostSearchBytes)];
    }

    // Unlike any other instance's: what shares a bridge shares a wire.
    internal static string BridgeOf(Installation installation, long instanceId, string network)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{installation.Id}/{instanceId}/{network}"));
        return BridgePrefix + Convert.ToHexStringLower(hash)[..(LongestBridge - BridgePrefix.Length)];
    }

    private static IEnumerable<Ipv4Subnet> Free(Ipv4Subnet range, IReadOnlyCollection<Ipv4Subnet> taken)
    {
        for (long first = range.First; first < range.Last; first += 1L << (32 - ChosenPrefix))
        {
            var subnet = new Ipv4Subnet((uint)first, ChosenPrefix);
            if (!taken.Any(subnet.Overlaps))
            {
                yield return subnet;
            }
        }
    }
}

/// <summary>A network of an instance beside the cluster's own.</summary>
/// <param name="Network">What the author wrote.</param>
/// <param name="Bridge">The bridge on the node.</param>
/// <param name="Addresses">The addresses in it.</param>
internal sealed record LabLink(NetworkDefinition Network, string Bridge, NetworkAddresses Addresses)
{
    /// <summary>Frames from other hardware addresses than the card's own are dropped.</summary>
    public bool ChecksSenders { get; init; }

    /// <summary>The domain of the machines' names in it.</summary>
    public string DomainName => $"{Network.Name}.{LabLinks.Domain}";
}

/// <summary>A card of a machine in such a network.</summary>
/// <param name="Link">The network.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Index">Its place among the machine's cards.</param>
/// <param name="Number">Its address.</param>
internal sealed record LabCard(LabLink Link, MachineDefinition Machine, int Index, uint Number)
{
    /// <summary>The address, in dotted form.</summary>
    public string Address => Ipv4Subnet.Format(Number);

    /// <summary>The address with the prefix of its subnet.</summary>
    public string AddressWithPrefix => $"{Address}/{Link.Addresses.Subnet.Prefix}";

    /// <summary>Its hardware address.</summary>
    public string Mac => NetworkAddresses.MacOf(Number);

    /// <summary>Name of the definition that attaches it: one for all containers of a network, one for each card of a VM.</summary>
    public string Attachment => Machine.Kind == ImageKind.Vm ? AttachmentName.OfCard(Machine.Name, Index) : AttachmentName.OfNetwork(Link.Network.Name);
}
