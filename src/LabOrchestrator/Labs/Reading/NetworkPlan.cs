using System.Collections.Immutable;

namespace LabOrchestrator.Labs.Reading;

/// <summary>The networks of a lab and who is attached to them.</summary>
internal sealed class NetworkPlan
{
    private const int ShortestPrefix = 16;
    private const int LongestPrefix = 29;
    private readonly MistakeList _mistakes;
    private readonly List<PlannedNetwork> _networks = [];

    private NetworkPlan(MistakeList mistakes) => _mistakes = mistakes;

    public ImmutableArray<NetworkDefinition> Networks => [.. _networks.Select(n => n.Definition)];

    /// <summary>The lab's networks, or the one that a lab without any has.</summary>
    public static NetworkPlan Read(CheckedNode lab, MistakeList mistakes)
    {
        var plan = new NetworkPlan(mistakes);
        if (lab["networks"] is null)
        {
            plan._networks.Add(new PlannedNetwork(new NetworkDefinition(LabDefinition.DefaultNetwork), null, null));
        }

        foreach (var network in lab.List("networks"))
        {
            plan.Add(network);
        }

        return plan;
    }

    /// <summary>The cards of a machine: those it names, or one in each network.</summary>
    public ImmutableArray<NetworkAttachment> Attach(CheckedNode machine)
    {
        if (machine["networks"] is null)
        {
            foreach (var network in _networks)
            {
                network.Machines++;
            }

            return [.. _networks.Select(n => new NetworkAttachment(n.Definition.Name))];
        }

        var attachments = ImmutableArray.CreateBuilder<NetworkAttachment>();
        foreach (var card in machine.List("networks"))
        {
            var named = card.AsText is null ? card["name"] : card;
            if (named?.AsText is not { } name)
            {
                continue;
            }

            if (attachments.Any(a => a.Name == name))
            {
                _mistakes.Add(named, LabMistakeKind.DuplicateEntry, name);
                continue;
            }

            attachments.Add(new NetworkAttachment(name, card.Text("address")));
            Attach(named, name, card["address"], machine.Text("name") ?? machine.Path);
        }

        return attachments.ToImmutable();
    }

    /// <summary>Reports subnets with more machines than addresses; to be called when all machines are attached.</summary>
    public void CheckRoom()
    {
        foreach (var network in _networks)
        {
            if (network is { Subnet: { } subnet, SubnetNode: { } node } && network.Machines > subnet.Room)
            {
                _mistakes.Add(node, LabMistakeKind.SubnetFull, network.Machines, subnet.ToString(), subnet.Room);
            }
        }
    }

    private void Add(CheckedNode node)
    {
        var subnet = node["subnet"] is { AsText: { } text } subnetNode ? ReadSubnet(subnetNode, text) : null;
        if (node.Text("name") is not { } name)
        {
            return;
        }

        if (_networks.FirstOrDefault(n => n.Definition.Name == name) is { } other)
        {
            _mistakes.Add(node["name"]!, LabMistakeKind.DuplicateName, name, other.Line);
            return;
        }

        var definition = new NetworkDefinition(name) { Subnet = subnet?.ToString(), Internet = node.Flag("internet") };
        _networks.Add(new PlannedNetwork(definition, subnet, node["subnet"]) { Line = node["name"]!.Source.Line });
    }

    private IPv4Subnet? ReadSubnet(CheckedNode node, string text)
    {
        if (!IPv4Subnet.TryParse(text, out var subnet))
        {
            _mistakes.Add(node, LabMistakeKind.SubnetNotIPv4, text);
            return null;
        }

        if (subnet.PrefixLength is < ShortestPrefix or > LongestPrefix)
        {
            _mistakes.Add(node, LabMistakeKind.SubnetSize, text);
            return null;
        }

        if (subnet.Address != subnet.Network)
        {
            _mistakes.Add(node, LabMistakeKind.SubnetHostBits, text, subnet.ToString());
        }

        if (!subnet.IsPrivate)
        {
            _mistakes.Add(node, LabMistakeKind.SubnetNotPrivate, text);
        }

        if (_networks.FirstOrDefault(n => n.Subnet is { } other && other.Overlaps(subnet)) is { } overlapped)
        {
            _mistakes.Add(node, LabMistakeKind.SubnetOverlap, text, overlapped.Subnet.ToString()!, overlapped.Definition.Name);
        }

        return subnet;
    }

    private void Attach(CheckedNode named, string name, CheckedNode? address, string machine)
    {
        if (_networks.FirstOrDefault(n => n.Definition.Name == name) is not { } network)
        {
            var names = _networks.Select(n => n.Definition.Name).ToList();
            var near = NearestWord.Of(name, names);
            _mistakes.Add(
                named, near.Count > 0 ? LabMistakeKind.UnknownNetworkNear : LabMistakeKind.UnknownNetwork,
                name, near.Count > 0 ? near[0] : string.Join(", ", names.Select(n => $"`{n}`")));
            return;
        }

        network.Machines++;
        if (address is { AsText: { } text })
        {
            CheckAddress(address, text, network, machine);
        }
    }

    private void CheckAddress(CheckedNode node, string text, PlannedNetwork network, string machine)
    {
        if (!IPv4Subnet.TryParseAddress(text, out var address))
        {
            _mistakes.Add(node, LabMistakeKind.AddressNotIPv4, text);
        }
        else if (network.SubnetNode is null)
        {
            _mistakes.Add(node, LabMistakeKind.AddressWithoutSubnet, network.Definition.Name);
        }
        else if (network.Subnet is not { } subnet)
        {
            // The subnet itself is wrong, which has been said.
        }
        else if (!subnet.Contains(address))
        {
            _mistakes.Add(
                node, LabMistakeKind.AddressOutside, text, subnet.ToString(),
                IPv4Subnet.Show(subnet.FirstForMachines), IPv4Subnet.Show(subnet.LastForMachines));
        }
        else if (address < subnet.FirstForMachines || address > subnet.LastForMachines)
        {
            _mistakes.Add(
                node, LabMistakeKind.AddressReserved, text,
                IPv4Subnet.Show(subnet.FirstForMachines), IPv4Subnet.Show(subnet.LastForMachines));
        }
        else if (!network.Addresses.TryAdd(address, machine))
        {
            _mistakes.Add(node, LabMistakeKind.AddressTaken, text, network.Addresses[address]);
        }
    }

    private sealed class PlannedNetwork(NetworkDefinition definition, IPv4Subnet? subnet, CheckedNode? subnetNode)
    {
        public NetworkDefinition Definition { get; } = definition;

        public IPv4Subnet? Subnet { get; } = subnet;

        public CheckedNode? SubnetNode { get; } = subnetNode;

        public int Line { get; init; }

        public int Machines { get; set; }

        public Dictionary<uint, string> Addresses { get; } = [];
    }
}
