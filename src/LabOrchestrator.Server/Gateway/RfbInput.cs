using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.Gateway;

/// <summary>
/// A browser's RFB bytes on their way to a machine (RFC 6143). The handshake is followed so that the browser always asks for a shared
/// session: whoever asks to be alone would throw the others out. After it, what a watcher sends passes a <see cref="RfbViewFilter"/>.
/// </summary>
internal sealed class RfbInput(ConsoleMode mode) : IConsoleInput
{
    private const int VersionLength = 12;
    private const int ChallengeLength = 16;
    private const byte SecurityNone = 1;
    private const byte SecurityVncAuthentication = 2;
    private readonly byte[] _version = new byte[VersionLength];
    private readonly RfbViewFilter? _filter = mode == ConsoleMode.View ? new RfbViewFilter() : null;
    private Stage _stage;
    private int _taken;

    private enum Stage
    {
        Version,
        Security,
        Challenge,
        ClientInit,
        Messages,
    }

    public int LongestMessage => 0;

    public int RoomBefore => RfbViewFilter.MostHeldBack;

    public Range Take(Span<byte> buffer, out ConsoleEnd? refusal)
    {
        refusal = null;
        var position = RoomBefore;
        while (_stage != Stage.Messages && position < buffer.Length && refusal is null)
        {
            refusal = TakeHandshake(ref buffer[position++]);
        }

        if (refusal is not null || _filter is null || position == buffer.Length)
        {
            return RoomBefore..buffer.Length;
        }

        // In the chunk in which the handshake ends nothing is held back yet, and its bytes stand where the room would be.
        var start = position == RoomBefore ? 0 : RoomBefore;
        var end = _filter.Filter(buffer, position, position == RoomBefore ? 0 : position);
        refusal = end < 0 ? ConsoleEnd.NotForWatching : null;
        return start..Math.Max(start, end);
    }

    private ConsoleEnd? TakeHandshake(ref byte value)
    {
        switch (_stage)
        {
            case Stage.Version:
                _version[_taken++] = value;
                return _taken == VersionLength ? TakeVersion() : null;
            case Stage.Security:
                return TakeSecurity(value);
            case Stage.Challenge:
                _stage = ++_taken == ChallengeLength ? Stage.ClientInit : Stage.Challenge;
                return null;
            default:
                value = 1;
                _stage = Stage.Messages;
                return null;
        }
    }

    private ConsoleEnd? TakeVersion()
    {
        var version = _version.AsSpan();
        if (version.SequenceEqual("RFB 003.008\n"u8) || version.SequenceEqual("RFB 003.007\n"u8))
        {
            _stage = Stage.Security;
            return null;
        }

        // In 3.3 the server alone chooses the security type: what follows cannot be told from here.
        _stage = Stage.Messages;
        return version.SequenceEqual("RFB 003.003\n"u8)
            ? _filter is null ? null : ConsoleEnd.NotForWatching
            : ConsoleEnd.ProtocolError;
    }

    private ConsoleEnd? TakeSecurity(byte type)
    {
        _taken = 0;
        _stage = type switch
        {
            SecurityNone => Stage.ClientInit,
            SecurityVncAuthentication => Stage.Challenge,
            _ => Stage.Messages,
        };
        return _stage == Stage.Messages && _filter is not null ? ConsoleEnd.NotForWatching : null;
    }
}
