using System.Buffers.Binary;
using System.Text;

namespace LabOrchestrator.Server.Gateway;

/// <summary>Frames from server to browser (RFC 6455, section 5.2): never masked, never split, never compressed.</summary>
internal static class WebSocketFrame
{
    /// <summary>Longest header in bytes.</summary>
    public const int LongestHeader = 10;

    private const byte FinalBinary = 0x82;
    private const byte FinalClose = 0x88;
    private const byte FinalPing = 0x89;

    /// <summary>A ping without payload.</summary>
    public static readonly ReadOnlyMemory<byte> Ping = new byte[] { FinalPing, 0 };

    /// <summary>A ping with one byte of payload, so that its pong is told from the others.</summary>
    public static readonly ReadOnlyMemory<byte> FirstPing = new byte[] { FinalPing, 1, 0 };

    /// <summary>How the pong to <see cref="FirstPing"/> begins, masked as it is.</summary>
    public static ReadOnlySpan<byte> StartOfFirstPong => [0x8A, 0x81];

    /// <summary>Bytes that the header of a binary frame takes.</summary>
    public static int HeaderLength(int payload) => payload < 126 ? 2 : payload <= ushort.MaxValue ? 4 : LongestHeader;

    /// <summary>Writes the header of a binary frame and returns its length.</summary>
    public static int WriteHeader(Span<byte> destination, int payload)
    {
        destination[0] = FinalBinary;
        switch (HeaderLength(payload))
        {
            case 2:
                destination[1] = (byte)payload;
                return 2;
            case 4:
                destination[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payload);
                return 4;
            default:
                destination[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(destination[2..], (ulong)payload);
                return LongestHeader;
        }
    }

    /// <summary>A close frame.</summary>
    public static byte[] Close(ConsoleEnd end)
    {
        var frame = new byte[4 + end.Reason.Length];
        frame[0] = FinalClose;
        frame[1] = (byte)(2 + end.Reason.Length);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), end.Code);
        Encoding.ASCII.GetBytes(end.Reason, frame.AsSpan(4));
        return frame;
    }
}
