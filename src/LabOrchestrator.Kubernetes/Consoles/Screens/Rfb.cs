using System.Buffers.Binary;

namespace LabOrchestrator.Kubernetes.Consoles.Screens;

/// <summary>The numbers of RFC 6143, and of its extensions, that are spoken here.</summary>
internal static class Rfb
{
    public const int Raw = 0;
    public const int Zlib = 6;
    public const int Zrle = 16;
    public const int DesktopSize = -223;

    /// <summary>Keys by their place on the keyboard, beside their meaning (QEMU).</summary>
    public const int ExtendedKeys = -258;

    public const byte SetPixelFormat = 0;
    public const byte SetEncodings = 2;
    public const byte UpdateRequest = 3;
    public const byte Key = 4;
    public const byte Pointer = 5;
    public const byte ClientCut = 6;
    public const byte Qemu = 255;

    public const byte Update = 0;
    public const byte ColourMap = 1;
    public const byte Bell = 2;
    public const byte ServerCut = 3;

    /// <summary>Longest text of a clipboard that is passed on.</summary>
    public const int MostCut = 256 * 1024;

    public static ReadOnlySpan<byte> Version => "RFB 003.008\n"u8;

    /// <summary>Reads so many bytes.</summary>
    /// <exception cref="EndOfStreamException">The other side has ended.</exception>
    public static async ValueTask<byte[]> ReadAsync(Stream stream, int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    public static int Number16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));

    public static int Number32(byte[] bytes, int at) => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));

    /// <summary>Writes numbers of two bytes each.</summary>
    public static void Put16(Span<byte> to, params ReadOnlySpan<int> numbers)
    {
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)number);
            to = to[2..];
        }
    }
}
