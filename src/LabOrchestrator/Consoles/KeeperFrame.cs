using System.Buffers;
using System.Buffers.Binary;

namespace LabOrchestrator.Consoles;

/// <summary>One frame of the <see cref="KeeperProtocol"/>.</summary>
/// <param name="Type">One of the protocol's letters.</param>
/// <param name="Payload">What follows; valid as long as the buffer it was read from.</param>
public readonly record struct KeeperFrame(byte Type, ReadOnlySequence<byte> Payload)
{
    /// <summary>Cuts the first frame off a buffer; false while it is incomplete.</summary>
    /// <exception cref="InvalidDataException">The length is over <see cref="KeeperProtocol.MaximumPayload"/>.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out KeeperFrame frame)
    {
        frame = default;
        if (buffer.Length < KeeperProtocol.HeaderLength)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[KeeperProtocol.HeaderLength];
        buffer.Slice(0, KeeperProtocol.HeaderLength).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > KeeperProtocol.MaximumPayload)
        {
            throw new InvalidDataException($"A keeper frame claims {length} bytes; the most is {KeeperProtocol.MaximumPayload}.");
        }

        if (buffer.Length < KeeperProtocol.HeaderLength + length)
        {
            return false;
        }

        frame = new KeeperFrame(header[0], buffer.Slice(KeeperProtocol.HeaderLength, length));
        buffer = buffer.Slice(KeeperProtocol.HeaderLength + length);
        return true;
    }

    /// <summary>Writes a frame: header, then the payload's parts one after another.</summary>
    public static void Write(IBufferWriter<byte> writer, byte type, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        var header = writer.GetSpan(KeeperProtocol.HeaderLength);
        header[0] = type;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], (uint)(first.Length + second.Length));
        writer.Advance(KeeperProtocol.HeaderLength);
        writer.Write(first);
        writer.Write(second);
    }
}
