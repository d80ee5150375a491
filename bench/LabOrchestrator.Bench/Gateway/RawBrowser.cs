using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>
/// A browser's WebSocket, as cheap as it can be: the two cores of a small machine shall measure the relay, not this. Its mask is zero,
/// which is a mask like any other.
/// </summary>
internal sealed class RawBrowser : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _header = new byte[10];
    private int _headerTaken;
    private int _opcode;
    private readonly List<byte> _ping = [];
    private bool _isPinged;
    private long _payloadLeft;

    private RawBrowser(Socket socket) => _socket = socket;

    /// <summary>What an RFB server says first.</summary>
    public static ReadOnlyMemory<byte> Greeting { get; } = "RFB 003.008\n"u8.ToArray();

    /// <summary>What an RFB viewer says first; machines of the bench wait for it.</summary>
    public static ReadOnlyMemory<byte> Handshake { get; } = "RFB 003.008\n\u0001\u0001"u8.ToArray();

    /// <summary>Connects and upgrades.</summary>
    /// <exception cref="IOException">The answer was not 101.</exception>
    public static async Task<RawBrowser> ConnectAsync(int port, string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            await socket.SendAsync(
                Encoding.ASCII.GetBytes(
                    $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + $"Origin: http://127.0.0.1:{port}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"),
                cancellationToken);

            // Byte by byte, so that nothing of the first frame is taken; it is short.
            var header = new List<byte>(256);
            var one = new byte[1];
            while (header.Count < 4 || !(header[^4] == '\r' && header[^3] == '\n' && header[^2] == '\r' && header[^1] == '\n'))
            {
                if (await socket.ReceiveAsync(one, cancellationToken) == 0)
                {
                    throw new IOException("The relay hung up during the handshake.");
                }

                header.Add(one[0]);
            }

            var status = Encoding.ASCII.GetString([.. header]).Split("\r\n")[0];
            return status.Contains(" 101 ", StringComparison.Ordinal) ? new RawBrowser(socket) : throw new IOException(status);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a short binary message.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        await _socket.SendAsync(Frame(0x82, payload.Span), cancellationToken);

    /// <summary>Receives and counts bytes of binary messages until there are so many. Blocks its thread.</summary>
    public void Receive(long count, byte[] buffer)
    {
        while (count > 0)
        {
            var got = _socket.Receive(buffer);
            count -= got == 0 ? throw new IOException($"The relay hung up {count} bytes too early.") : CountPayload(buffer.AsSpan(0, got));
        }
    }

    /// <summary>Receives something, answers pings, and returns how many bytes of binary messages it held; -1 at the end or at a close frame.</summary>
    public async Task<int> ReceiveAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        var got = await _socket.ReceiveAsync(buffer, cancellationToken);
        var payload = (int)CountPayload(buffer.AsSpan(0, got));
        if (_isPinged && _payloadLeft == 0)
        {
            _isPinged = false;
            await _socket.SendAsync(Frame(0x8A, [.. _ping]), cancellationToken);
            _ping.Clear();
        }

        return got == 0 || _opcode == 8 ? -1 : payload;
    }

    /// <summary>Waits for what an RFB server says first.</summary>
    public async Task ReceiveGreetingAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[64];
        for (var left = Greeting.Length; left > 0;)
        {
            var got = await ReceiveAsync(buffer, cancellationToken);
            left -= got < 0 ? throw new IOException("The relay hung up before the greeting.") : got;
        }
    }

    /// <summary>Waits without a buffer until something arrives.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken);

    public void Dispose() => _socket.Dispose();

    private long CountPayload(ReadOnlySpan<byte> bytes)
    {
        long payload = 0;
        while (bytes.Length > 0)
        {
            if (_payloadLeft == 0)
            {
                TakeHeader(bytes[0]);
                bytes = bytes[1..];
                continue;
            }

            var part = (int)Math.Min(_payloadLeft, bytes.Length);
            payload += _opcode == 2 ? part : 0;
            if (_opcode == 9)
            {
                _ping.AddRange(bytes[..part]);
            }

            _payloadLeft -= part;
            bytes = bytes[part..];
        }

        return payload;
    }

    private void TakeHeader(byte value)
    {
        _header[_headerTaken++] = value;
        var needed = _headerTaken < 2 ? 2 : _header[1] switch { 126 => 4, 127 => 10, _ => 2 };
        if (_headerTaken < needed)
        {
            return;
        }

        _opcode = _header[0] & 0x0F;
        _isPinged |= _opcode == 9;
        _payloadLeft = needed switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
            10 => (long)BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(2)),
            _ => _header[1],
        };
        _headerTaken = 0;
    }

    private static byte[] Frame(byte first, ReadOnlySpan<byte> payload) => [first, (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload];
}
