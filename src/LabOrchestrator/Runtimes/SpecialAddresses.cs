using System.Collections.Immutable;

namespace LabOrchestrator.Runtimes;

/// <summary>What of IPv4 is nobody's on the internet (RFC 6890, and multicast): where a lab that is let out must not come.</summary>
public static class SpecialAddresses
{
    /// <summary>The ranges.</summary>
    public static ImmutableArray<Ipv4Subnet> Ranges { get; } =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "224.0.0.0/3",
        }.Select(Ipv4Subnet.Parse),
    ];
}
