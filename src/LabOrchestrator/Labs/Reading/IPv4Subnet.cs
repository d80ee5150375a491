using System.Globalization;

namespace LabOrchestrator.Labs.Reading;

/// <summary>An IPv4 subnet, possibly with host bits set.</summary>
internal readonly record struct IPv4Subnet(uint Address, int PrefixLength)
{
    private static readonly IPv4Subnet[] PrivateOnes =
        [new(0x0A00_0000, 8), new(0xAC10_0000, 12), new(0xC0A8_0000, 16)];

    public uint Network => Address & Mask;

    public uint Broadcast => Network | ~Mask;

    /// <summary>The first address a machine may have: the two before it belong to the helper.</summary>
    public uint FirstForMachines => Network + 3;

    public uint LastForMachines => Broadcast - 1;

    /// <summary>How many machines have room.</summary>
    public long Room => (long)LastForMachines - FirstForMachines + 1;

    public bool IsPrivate
    {
        get
        {
            var self = this;
            return PrivateOnes.Any(p => p.Contains(self.Network) && p.PrefixLength <= self.PrefixLength);
        }
    }

    private uint Mask => PrefixLength == 0 ? 0 : uint.MaxValue << (32 - PrefixLength);

    public bool Contains(uint address) => (address & Mask) == Network;

    public bool Overlaps(IPv4Subnet other) => Contains(other.Network) || other.Contains(Network);

    public override string ToString() => $"{Show(Network)}/{PrefixLength}";

    /// <summary>An address as people write it.</summary>
    public static string Show(uint address) =>
        $"{address >> 24}.{(address >> 16) & 0xff}.{(address >> 8) & 0xff}.{address & 0xff}";

    /// <summary>Reads four decimal numbers without leading zeros, which some programs take as octal.</summary>
    public static bool TryParseAddress(string text, out uint address)
    {
        address = 0;
        var parts = text.Split('.');
        if (parts.Length != 4)
        {
            return false;
        }

        foreach (var part in parts)
        {
            if (!TryParseNumber(part, 255, out var number))
            {
                return false;
            }

            address = (address << 8) | (uint)number;
        }

        return true;
    }

    /// <summary>Reads an address and a prefix length.</summary>
    public static bool TryParse(string text, out IPv4Subnet subnet)
    {
        subnet = default;
        var slash = text.IndexOf('/');
        if (slash < 0 || !TryParseAddress(text[..slash], out var address) || !TryParseNumber(text[(slash + 1)..], 32, out var length))
        {
            return false;
        }

        subnet = new IPv4Subnet(address, length);
        return true;
    }

    private static bool TryParseNumber(string text, int maximum, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number <= maximum && (text.Length == 1 || text[0] != '0');
}
