using System.Globalization;
using System.Text;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Networks;

/// <summary>What the helper's dnsmasq serves: the names of all machines, and leases for the cards of VMs.</summary>
internal static class HelperServices
{
    /// <summary>The file of names: every machine with all its addresses; a question is answered with the one nearest to who asks.</summary>
    public static string Hosts(IReadOnlyList<NetworkPlan> networks)
    {
        var lines = networks.SelectMany(n => n.Cards.Values.Select(c => $"{c.Address} {c.Machine}"));
        return string.Join('\n', lines);
    }

    /// <summary>The configuration file. Names that are no machine's do not exist, and nobody outside is asked.</summary>
    public static string Dnsmasq(IReadOnlyList<NetworkPlan> networks)
    {
        var text = new StringBuilder();
        text.Append("no-resolv\nno-hosts\naddn-hosts=/run/hosts\nlocalise-queries\nno-negcache\n")
            .Append("local=//\nlocal=/#/\n")
            .Append("bind-dynamic\nexcept-interface=lo\nuser=nobody\ngroup=nogroup\nlog-facility=-\npid-file=\n")
            .Append("dhcp-authoritative\ndhcp-leasefile=/run/leases\nno-ping\n");
        for (var i = 0; i < networks.Count; i++)
        {
            Append(text, networks[i], string.Create(CultureInfo.InvariantCulture, $"n{i}"));
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, NetworkPlan network, string tag)
    {
        var gateway = Ipv4Subnet.Format(network.Gateway);
        var start = Ipv4Subnet.Format(network.Subnet.First);
        text.Append(CultureInfo.InvariantCulture, $"listen-address={gateway}\n")
            .Append(CultureInfo.InvariantCulture, $"dhcp-range=set:{tag},{start},static,{network.Subnet.Mask},infinite\n")
            .Append(CultureInfo.InvariantCulture, $"dhcp-option=tag:{tag},option:dns-server,{gateway}\n")

            // Without a way out there is no router to tell of: an empty option keeps dnsmasq from naming itself.
            .Append(CultureInfo.InvariantCulture, $"dhcp-option=tag:{tag},option:router\n");
        foreach (var card in network.Cards.Values)
        {
            text.Append(CultureInfo.InvariantCulture, $"dhcp-host={card.Mac},{card.Address},{card.Machine},infinite\n");
        }
    }
}
