using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Networks;

/// <summary>
/// A VM's cards where its lab has networks of its own: first those of the lab, in its order, as on every runtime; last the cluster's,
/// by which it asks for names and, where the lab allows it, reaches the internet.
/// </summary>
internal static class VmCards
{
    private const string Cluster = "cluster";

    /// <summary>The cards, of <paramref name="card"/>'s kind.</summary>
    public static JsonArray Interfaces(IReadOnlyList<LabCard> cards, JsonObject card) => new(
    [
        .. cards.Select(c => With(card, NameOf(c), "bridge", c.Mac)),
        With(card, Cluster, "masquerade", ClusterMacOf(cards)),
    ]);

    /// <summary>What they are plugged into.</summary>
    public static JsonArray Networks(IReadOnlyList<LabCard> cards) => new(
    [
        .. cards.Select(c => new JsonObject { ["name"] = NameOf(c), ["multus"] = new JsonObject { ["networkName"] = c.Attachment } }),
        new JsonObject { ["name"] = Cluster, ["pod"] = new JsonObject() },
    ]);

    /// <summary>
    /// Network configuration for guests that read one: the lab's cards have their addresses without a way out. Guests that read none get
    /// the same addresses by DHCP.
    /// </summary>
    public static string Configuration(IReadOnlyList<LabCard> cards)
    {
        var text = new StringBuilder("version: 2\nethernets:\n");
        foreach (var card in cards)
        {
            text.Append(CultureInfo.InvariantCulture, $"  card{card.Index}:\n    match: {{macaddress: \"{card.Mac}\"}}\n")
                .Append(CultureInfo.InvariantCulture, $"    dhcp4: false\n    addresses: [\"{card.AddressWithPrefix}\"]\n    optional: true\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"  {Cluster}:\n    match: {{macaddress: \"{ClusterMacOf(cards)}\"}}\n")
            .Append("    dhcp4: true\n    dhcp-identifier: mac\n    optional: true\n").ToString();
    }

    private static JsonObject With(JsonObject card, string name, string binding, string mac)
    {
        var copy = (JsonObject)card.DeepClone();
        copy["name"] = name;
        copy[binding] = new JsonObject();
        copy["macAddress"] = mac;
        return copy;
    }

    private static string NameOf(LabCard card) => string.Create(CultureInfo.InvariantCulture, $"net{card.Index}");

    // Behind KubeVirt's translation it is alone; it only must differ from the machine's other cards, whose third byte is an address's first.
    private static string ClusterMacOf(IReadOnlyList<LabCard> cards) => NetworkAddresses.MacOf(cards[0].Number & 0x00FF_FFFF);
}
