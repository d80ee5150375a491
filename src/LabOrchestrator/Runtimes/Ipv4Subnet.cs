using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LabOrchestrator.Runtimes;

/// <summary>An IPv4 subnet.</summary>
/// <param name="First">Its first address, as a number.</param>
/// <param name="Prefix">Bits of its prefix.</param>
public readonly record struct Ipv4Subnet(uint First, int Prefix)
{
    /// <summary>The size a lab's network usually gets: 29 machines.</summary>
    public const int UsualPrefix = 27;

    /// <summary>How many addresses it has, first and last included.</summary>
    public long Size => 1L << (32 - Prefix);

    /// <summary>Its last address, the broadcast.</summary>
    public uint Last => (uint)(First + Size - 1);

    /// <summary>In dotted form.</summary>
    public string Mask => Format(Prefix == 0 ? 0 : uint.MaxValue << (32 - Prefix));

    /// <summary>Reads a subnet in CIDR form without host bits.</summary>
    public static bool TryParse(string? text, out Ipv4Subnet subnet)
    {
        subnet = default;
        if (text?.Split('/') is not [var address, var bits]
            || !TryParseAddress(address, out var first)
            || !int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var prefix)
            || prefix > 32)
        {
            return false;
        }

        subnet = Around(first, prefix);
        return subnet.First == first;
    }

    /// <summary>The subnet of that size that an address is in.</summary>
    public static Ipv4Subnet Around(uint address, int prefix) => new(prefix == 0 ? 0 : address & (uint.MaxValue << (32 - prefix)), prefix);

    /// <summary>Reads a subnet that is known to be one.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Ipv4Subnet Parse(string text) =>
        TryParse(text, out var subnet) ? subnet : throw new FormatException($"\"{text}\" is no IPv4 subnet.");

    /// <summary>Reads an address in dotted form.</summary>
    public static bool TryParseAddress(string text, out uint address)
    {
        address = 0;
        if (!IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetwork)
        {
            return false;
        }

        address = BinaryPrimitives.ReadUInt32BigEndian(parsed.GetAddressBytes());
        return true;
    }

    /// <summary>An address in dotted form.</summary>
    public static string Format(uint address) => string.Create(
        CultureInfo.InvariantCulture, $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}");

    /// <summary>The address is one of its own.</summary>
    public bool Contains(uint address) => address >= First && address <= Last;

    /// <summary>Some address is in both.</summary>
    public bool Overlaps(Ipv4Subnet other) => First <= other.Last && other.First <= Last;

    /// <summary>The prefix of the smallest subnet for so many hosts.</summary>
    public static int PrefixFor(int hosts) => 32 - (int)Math.Ceiling(Math.Log2(hosts + 2));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Format(First)}/{Prefix}");
}
