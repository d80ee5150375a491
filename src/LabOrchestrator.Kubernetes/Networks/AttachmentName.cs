using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LabOrchestrator.Kubernetes.Networks;

/// <summary>Names of network attachment definitions: Multus takes DNS labels only.</summary>
internal static class AttachmentName
{
    private const int Longest = 63;
    private const int HashLength = 8;

    /// <summary>That of the containers' cards in a network.</summary>
    public static string OfNetwork(string network) => Fit($"net-{network}", "");

    /// <summary>That of one card of a VM.</summary>
    public static string OfCard(string machine, int index) => Fit($"card-{machine}", string.Create(CultureInfo.InvariantCulture, $"-{index}"));

    private static string Fit(string name, string end)
    {
        if (name.Length + end.Length <= Longest)
        {
            return name + end;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashLength];
        return $"{name[..(Longest - end.Length - HashLength - 1)].TrimEnd('-')}-{hash}{end}";
    }
}
