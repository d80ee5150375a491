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

    private const string Names = "no-resolv\nno-hosts\naddn-hosts=/run/hosts\nlocalise-queries\nno-negcache\nlocal=//\n";
    private const string OwnNamesOnly = "local=/#/\n";

    // The engine's own name server knows those of the host, wherever they are.
    private const string NamesOutside = "server=127.0.0.11\ndomain-needed\nbogus-priv\n";

    // Of the host itself and older forms, unique-local, link-local and the former site-local, multicast; and all that stands for IPv4.
    private static readonly string[] PrivateIpv6 = ["::/96", "::ffff:0:0/96", "fc00::/7", "fe80::/9", "ff00::/8"];

    // What a name server of an IPv6-only network makes of IPv4 (RFC 6052); that of public addresses is left as it is.
    private static readonly IEnumerable<string> Translated =
        SpecialAddresses.Ranges.Select(r => string.Create(CultureInfo.InvariantCulture, $"64:ff9b::{Ipv4Subnet.Format(r.First)}/{96 + r.Prefix}"));

    // Names of addresses that a lab cannot reach do not exist either: nobody learns in a lab what there is in the host's own networks.
    private static readonly string PrivateNames = string.Concat(SpecialAddresses.Ranges.Select(r => r.ToString()).Concat(PrivateIpv6).Concat(Translated).Select(r => $"bogus-nxdomain={r}\n"));

    private const string Process = "user=nobody\ngroup=nogroup\nlog-facility=-\npid-file=\n";

    /// <summary>
    /// The configuration of the one that answers networks that are not let out, where others are: what they ask is led to its port.
    /// </summary>
    public const string Closed = Names + OwnNamesOnly + "port=1053\n" + Process;

    /// <summary>
    /// The configuration file. Names that are no machine's do not exist, and nobody outside is asked, unless a network is let out.
    /// </summary>
    public static string Dnsmasq(IReadOnlyList<NetworkPlan> networks)
    {
        var text = new StringBuilder();
        text.Append(Names)
            .Append(networks.Any(n => n.Definition.Internet) ? NamesOutside + PrivateNames : OwnNamesOnly)
            .Append("bind-dynamic\nexcept-interface=lo\n").Append(Process)
            .Append("dhcp-authoritative\ndhcp-leasefile=/run/leases\nno-ping\n");
        HashSet<string> letOut = [.. networks.Where(n => n.Definition.Internet).SelectMany(n => n.Cards.Keys)];
        for (var i = 0; i < networks.Count; i++)
        {
            Append(text, networks[i], string.Create(CultureInfo.InvariantCulture, $"n{i}"), networks[i].Definition.Internet ? [] : letOut);
        }

        return text.ToString();
    }

    // Who has another network that is let out asks there for names: the server here would deny those outside.
    private static void Append(StringBuilder text, NetworkPlan network, string tag, HashSet<string> elsewhere)
    {
        var others = elsewhere.Overlaps(network.Cards.Keys);
        var gateway = Ipv4Subnet.Format(network.Gateway);
        var start = Ipv4Subnet.Format(network.Subnet.First);
        text.Append(CultureInfo.InvariantCulture, $"listen-address={gateway}\n")
            .Append(CultureInfo.InvariantCulture, $"dhcp-range=set:{tag},{start},static,{network.Subnet.Mask},infinite\n")
            .Append(CultureInfo.InvariantCulture, $"dhcp-option=tag:{tag}{(others ? ",tag:!elsewhere" : "")},option:dns-server,{gateway}\n")
            .Append(CultureInfo.InvariantCulture, $"{(others ? $"dhcp-option=tag:{tag},tag:elsewhere,option:dns-server\n" : "")}")

            // Without a way out there is no router to tell of: an empty option keeps dnsmasq from naming itself.
            .Append(CultureInfo.InvariantCulture, $"dhcp-option=tag:{tag},option:router{(network.Definition.Internet ? "," + gateway : "")}\n");
        foreach (var card in network.Cards.Values)
        {
            text.Append(CultureInfo.InvariantCulture, $"dhcp-host={card.Mac},{(elsewhere.Contains(card.Machine) ? "set:elsewhere," : "")}{card.Address},{card.Machine},infinite\n");
        }
    }
}
