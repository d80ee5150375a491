namespace LabOrchestrator.Consoles;

/// <summary>
/// The frames between a terminal's keeper and its clients, in both directions: one byte of type, four bytes of payload
/// length (big endian), payload. On a browser's WebSocket a message is a frame without the length.
/// The source is <c>images/keeper</c>; its meaning is told in <c>docs/reference/keeper-protocol.md</c>.
/// </summary>
public static class KeeperProtocol
{
    /// <summary>Version that a keeper says in <see cref="Hello"/>.</summary>
    public const byte Version = 1;

    /// <summary>Bytes before a payload.</summary>
    public const int HeaderLength = 5;

    /// <summary>Longest payload in bytes.</summary>
    public const int MaximumPayload = 65_536;

    /// <summary>Client: number of the next byte wanted (8 bytes), 0 for all the ring has. Must come first.</summary>
    public const byte Attach = (byte)'A';

    /// <summary>Client: input bytes.</summary>
    public const byte Input = (byte)'I';

    /// <summary>Client: columns and rows, 2 bytes each.</summary>
    public const byte Resize = (byte)'R';

    /// <summary>Client: send me no output for now.</summary>
    public const byte Pause = (byte)'P';

    /// <summary>Client: go on.</summary>
    public const byte Continue = (byte)'C';

    /// <summary>Keeper: version (1 byte), epoch (8), number of the first byte that follows (8).</summary>
    public const byte Hello = (byte)'H';

    /// <summary>Keeper: number of the first byte (8), output.</summary>
    public const byte Output = (byte)'O';

    /// <summary>Keeper: from (8) and to (8), the output that this client missed.</summary>
    public const byte Lost = (byte)'L';

    /// <summary>Keeper: the program ended with this exit code (4 bytes).</summary>
    public const byte Exit = (byte)'X';
}
