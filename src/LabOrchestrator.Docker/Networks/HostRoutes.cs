using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Networks;

/// <summary>The subnets that the host routes somewhere.</summary>
internal static class HostRoutes
{
    private const string Table = "/proc/net/route";

    public static IReadOnlyList<Ipv4Subnet> Read() => File.Exists(Table) ? Parse(File.ReadLines(Table)) : [];

    /// <summary>Reads lines of the kernel's table; the default route and the heading are left out.</summary>
    public static IReadOnlyList<Ipv4Subnet> Parse(IEnumerable<string> lines) => [.. lines.Select(Parse).OfType<Ipv4Subnet>()];

    private static Ipv4Subnet? Parse(string line)
    {
        // Iface Destination Gateway Flags RefCnt Use Metric Mask …, addresses as hexadecimal in the machine's byte order.
        var fields = line.Split('\t', StringSplitOptions.TrimEntries);
        if (fields.Length < 8
            || !uint.TryParse(fields[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var destination)
            || !uint.TryParse(fields[7], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mask)
            || mask == 0)
        {
            return null;
        }

        if (BitConverter.IsLittleEndian)
        {
            destination = BinaryPrimitives.ReverseEndianness(destination);
        }

        return new Ipv4Subnet(destination, BitOperations.PopCount(mask));
    }
}
