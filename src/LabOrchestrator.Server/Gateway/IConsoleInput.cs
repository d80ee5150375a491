namespace LabOrchestrator.Server.Gateway;

/// <summary>What of a browser's bytes goes to the machine, and in which form.</summary>
internal interface IConsoleInput
{
    /// <summary>Most bytes of one message that must be seen whole; 0 when the cuts between messages mean nothing.</summary>
    int LongestMessage { get; }

    /// <summary>Bytes to leave free before a message, for what <see cref="Take"/> puts there.</summary>
    int RoomBefore { get; }

    /// <summary>
    /// Takes the bytes that begin at <see cref="RoomBefore"/> of the buffer and leaves what the machine shall get, in the same buffer.
    /// </summary>
    /// <param name="buffer">The room, then the bytes.</param>
    /// <param name="refusal">Why the console must end, or null.</param>
    /// <returns>The part of the buffer that goes to the machine; empty for nothing.</returns>
    Range Take(Span<byte> buffer, out ConsoleEnd? refusal);
}
