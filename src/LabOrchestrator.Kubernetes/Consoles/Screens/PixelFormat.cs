namespace LabOrchestrator.Kubernetes.Consoles.Screens;

/// <summary>How a viewer wants pixels (RFC 6143, 7.4). Only formats with true colours.</summary>
internal sealed record PixelFormat(int Bits, int Depth, bool BigEndian, (int Most, int Shift) Red, (int Most, int Shift) Green, (int Most, int Shift) Blue)
{
    public const int Length = 16;

    /// <summary>Our own: 0x00RRGGBB, the least byte first.</summary>
    public static readonly PixelFormat Own = new(32, 24, false, (255, 16), (255, 8), (255, 0));

    private int Bytes => Bits / 8;

    /// <summary>Pixels of ZRLE have three bytes where the fourth is always 0.</summary>
    private bool IsCompact => Bits == 32 && Depth <= 24 && !BigEndian && Red.Shift <= 16 && Green.Shift <= 16 && Blue.Shift <= 16
        && Red.Most <= 255 && Green.Most <= 255 && Blue.Most <= 255;

    /// <summary>Reads a format; null where it is none that we can write.</summary>
    public static PixelFormat? Read(byte[] bytes, int at)
    {
        var format = new PixelFormat(
            bytes[at], bytes[at + 1], bytes[at + 2] != 0,
            (Rfb.Number16(bytes, at + 4), bytes[at + 10]), (Rfb.Number16(bytes, at + 6), bytes[at + 11]), (Rfb.Number16(bytes, at + 8), bytes[at + 12]));
        return bytes[at + 3] != 0 && format.Bits is 8 or 16 or 32 && format is { Red.Shift: < 32, Green.Shift: < 32, Blue.Shift: < 32 } ? format : null;
    }

    public void WriteTo(Span<byte> to)
    {
        to[0] = (byte)Bits;
        to[1] = (byte)Depth;
        to[2] = (byte)(BigEndian ? 1 : 0);
        to[3] = 1;
        Rfb.Put16(to[4..], Red.Most, Green.Most, Blue.Most);
        (to[10], to[11], to[12]) = ((byte)Red.Shift, (byte)Green.Shift, (byte)Blue.Shift);
    }

    /// <summary>Bytes of one pixel.</summary>
    public int SizeOf(bool compact) => compact && IsCompact ? 3 : Bytes;

    /// <summary>Writes pixels one after another.</summary>
    public void Convert(ReadOnlySpan<uint> pixels, Span<byte> to, bool compact)
    {
        var size = SizeOf(compact);
        foreach (var pixel in pixels)
        {
            var value = (Scale(pixel >> 16, Red) | Scale(pixel >> 8, Green) | Scale(pixel, Blue));
            for (var i = 0; i < size; i++)
            {
                to[BigEndian ? size - 1 - i : i] = (byte)(value >> (8 * i));
            }

            to = to[size..];
        }
    }

    private static uint Scale(uint channel, (int Most, int Shift) to) => ((channel & 255) * (uint)to.Most / 255) << to.Shift;
}
