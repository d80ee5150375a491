using System.Buffers.Binary;

namespace LabOrchestrator.Server.Gateway;

/// <summary>
/// Lets of a watcher's RFB messages only those through that ask for pictures; keys, pointer, clipboard, power, sound and size are
/// dropped. Extensions that would change the form of a message are taken out of the browser's list of encodings, so that the machine
/// never switches them on and both sides go on counting alike.
/// </summary>
internal sealed class RfbViewFilter
{
    /// <summary>Most bytes that are kept from one call to the next; so many more than came in may go out.</summary>
    public const int MostHeldBack = 3;

    private const int LongestHead = 9;
    private const int QemuExtendedKey = -258;
    private const int QemuAudio = -259;
    private const int GeneralInput = -305;
    private const int Xvp = -309;
    private const int ExtendedMouseButtons = -316;
    private const int ExtendedClipboard = unchecked((int)0xC0A1E5CE);

    private readonly byte[] _head = new byte[LongestHead];
    private int _headTaken;
    private int _headNeeded;
    private long _rest;
    private bool _passes;
    private bool _inEncodings;
    private int _lastEncoding;

    /// <summary>Filters in place.</summary>
    /// <param name="buffer">The bytes, and room before them.</param>
    /// <param name="read">Where the bytes begin.</param>
    /// <param name="write">Where those that pass are to begin: <see cref="MostHeldBack"/> bytes before, except in the first call.</param>
    /// <returns>Where those that pass end; -1 when a message is not known.</returns>
    public int Filter(Span<byte> buffer, int read, int write)
    {
        while (read < buffer.Length)
        {
            if (_inEncodings)
            {
                TakeEncoding(buffer[read++], buffer, ref write);
            }
            else if (_rest > 0)
            {
                var count = (int)Math.Min(_rest, buffer.Length - read);
                Pass(buffer, read, count, ref write);
                read += count;
                _rest -= count;
            }
            else if (TakeHead(buffer[read]))
            {
                Pass(buffer, read++, 1, ref write);
            }
            else
            {
                return -1;
            }
        }

        return write;
    }

    private void Pass(Span<byte> buffer, int from, int count, ref int write)
    {
        if (_passes)
        {
            buffer.Slice(from, count).CopyTo(buffer[write..]);
            write += count;
        }
    }

    /// <summary>Takes a byte of a message's head; false when the message is not known.</summary>
    private bool TakeHead(byte value)
    {
        if (_headTaken == 0)
        {
            (_headNeeded, _passes) = HeadOf(value);
        }

        if (_headNeeded == 0)
        {
            return false;
        }

        _head[_headTaken++] = value;
        if (_headTaken == _headNeeded)
        {
            _rest = RestAfter(_head);
            _inEncodings = _head[0] == 2 && _rest > 0;
            _lastEncoding = 0;
            _headTaken = 0;
        }

        return _rest >= 0;
    }

    /// <summary>How long the head of a message of that type is (what must be seen to know its length), and whether it passes.</summary>
    private static (int Length, bool Passes) HeadOf(byte type) => type switch
    {
        0 => (1, true), // SetPixelFormat
        2 => (4, true), // SetEncodings
        3 => (1, true), // FramebufferUpdateRequest
        4 => (1, false), // KeyEvent
        5 => (1, false), // PointerEvent
        6 => (8, false), // ClientCutText, also the extended
        150 => (1, true), // EnableContinuousUpdates
        248 => (9, true), // ClientFence
        250 => (1, false), // xvp
        251 => (8, false), // SetDesktopSize
        255 => (4, false), // QEMU: extended key, audio
        _ => (0, false),
    };

    /// <summary>How many bytes follow a head; -1 when it makes no sense.</summary>
    private static long RestAfter(ReadOnlySpan<byte> head) => head[0] switch
    {
        0 => 19,
        2 => 4L * BinaryPrimitives.ReadUInt16BigEndian(head[2..]),
        3 or 150 => 9,
        4 => 7,
        5 => 5,
        6 => Math.Abs((long)BinaryPrimitives.ReadInt32BigEndian(head[4..])), // negative in the extended form
        248 => head[8],
        250 => 3,
        251 => 16L * head[6],
        255 => (head[1], BinaryPrimitives.ReadUInt16BigEndian(head[2..])) switch
        {
            (0, _) => 8,
            (1, 0 or 1) => 0,
            (1, 2) => 6,
            _ => -1,
        },
        _ => -1,
    };

    private void TakeEncoding(byte value, Span<byte> buffer, ref int write)
    {
        _head[_headTaken++] = value;
        _rest--;
        if (_headTaken < sizeof(int))
        {
            return;
        }

        var encoding = BinaryPrimitives.ReadInt32BigEndian(_head);
        if (!ChangesMessages(encoding))
        {
            _lastEncoding = encoding;
        }

        // A repetition takes its place: the list keeps its length, and the order of preference its meaning.
        BinaryPrimitives.WriteInt32BigEndian(buffer[write..], _lastEncoding);
        write += sizeof(int);
        _headTaken = 0;
        _inEncodings = _rest > 0;
    }

    private static bool ChangesMessages(int encoding) =>
        encoding is QemuExtendedKey or QemuAudio or GeneralInput or Xvp or ExtendedMouseButtons or ExtendedClipboard;
}
