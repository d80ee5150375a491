using System.Buffers.Binary;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.Gateway;

/// <summary>
/// A browser's messages to a keeper: each is one frame without its length, which is put in here. Who only watches neither types nor
/// resizes.
/// </summary>
internal sealed class TerminalInput(ConsoleMode mode) : IConsoleInput
{
    private const int LengthField = KeeperProtocol.HeaderLength - 1;

    public int LongestMessage => 1 + KeeperProtocol.MaximumPayload;

    public int RoomBefore => LengthField;

    public Range Take(Span<byte> buffer, out ConsoleEnd? refusal)
    {
        var payload = buffer.Length - KeeperProtocol.HeaderLength;
        if (payload < 0 || !IsWellFormed(buffer[LengthField], payload))
        {
            refusal = ConsoleEnd.ProtocolError;
            return ..0;
        }

        refusal = null;
        var type = buffer[LengthField];
        if (mode == ConsoleMode.View && type is KeeperProtocol.Input or KeeperProtocol.Resize)
        {
            return ..0;
        }

        buffer[0] = type;
        BinaryPrimitives.WriteUInt32BigEndian(buffer[1..], (uint)payload);
        return ..buffer.Length;
    }

    private static bool IsWellFormed(byte type, int payload) => type switch
    {
        KeeperProtocol.Attach => payload == 8,
        KeeperProtocol.Resize => payload == 4,
        KeeperProtocol.Pause or KeeperProtocol.Continue => payload == 0,
        KeeperProtocol.Input => true,
        _ => false,
    };
}
