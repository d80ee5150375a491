using System.Net.Sockets;
using System.Net.WebSockets;

namespace LabOrchestrator.Server.Gateway;

/// <summary>
/// The browser's side of a console after the upgrade. Receiving is the framework's <see cref="WebSocket"/>, which unmasks and answers
/// pings; sending is done here, a frame in one write, and everything that is sent passes one gate so that a pong never lands inside a
/// frame.
/// </summary>
internal sealed class BrowserSocket : IDisposable
{
    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly WebSocket _receiver;
    private long _heardAt;
    private long _pingedAt;
    private bool _closeSent;
    private Socket? _directAfterPong;
    private Socket? _direct;
    private TaskCompletionSource? _heardFirst;

    public BrowserSocket(Stream upgraded, TimeProvider time)
    {
        _stream = upgraded;
        _time = time;
        _heardAt = _pingedAt = time.GetTimestamp();
        _receiver = WebSocket.CreateFromStream(
            new Gated(this), new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });
    }

    /// <summary>How long nothing came from the browser.</summary>
    public TimeSpan SilentFor => _time.GetElapsedTime(Volatile.Read(ref _heardAt));

    /// <summary>Set while the machine is given input: if it takes none, it is not the browser's fault that nothing is heard.</summary>
    public bool InputIsHeldUp
    {
        get;
        set
        {
            // First, so that who looks in between does not take the time it was held up for silence.
            Heard();
            field = value;
        }
    }

    /// <summary>Whether silence is answered with pings; not before it is decided how this sends.</summary>
    public bool IsPinged { get; set; }

    /// <summary>True once frames go straight to the connection's socket.</summary>
    public bool SendsDirectly => _direct is not null;

    /// <summary>
    /// From now on sends straight to the connection's socket, past Kestrel's hand-over between threads, if it can be known in time that
    /// Kestrel has nothing left to send on it: a ping goes out as the last thing through Kestrel, and its pong shows that it has left.
    /// Whatever else comes first, or nothing, leaves everything as it is.
    /// </summary>
    /// <param name="socket">The socket of a connection without TLS.</param>
    /// <param name="within">How long to wait for the pong.</param>
    public async Task SendDirectlyAsync(Socket socket, TimeSpan within)
    {
        // Held until it is decided, so that nothing is sent behind the ping.
        await _gate.WaitAsync();
        try
        {
            _heardFirst = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _directAfterPong, socket);
            await WriteAsync(WebSocketFrame.FirstPing);
            await _heardFirst.Task.WaitAsync(within, _time);
        }
        catch (TimeoutException)
        {
            if (Interlocked.Exchange(ref _directAfterPong, null) is null)
            {
                // Just now it came after all.
                await _heardFirst!.Task;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Receives bytes of a message, or with an empty buffer waits until there are some.</summary>
    /// <exception cref="WebSocketException">The browser went away or broke the protocol.</exception>
    public ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer) =>
        _receiver.ReceiveAsync(buffer, CancellationToken.None);

    /// <summary>
    /// Sends a part of a buffer as one binary message. The header is written into the buffer before <paramref name="start"/>, which
    /// must be at least <see cref="WebSocketFrame.LongestHeader"/>.
    /// </summary>
    public ValueTask SendAsync(byte[] buffer, int start, int length)
    {
        var header = WebSocketFrame.HeaderLength(length);
        WebSocketFrame.WriteHeader(buffer.AsSpan(start - header), length);
        return SendFramesAsync(buffer.AsMemory(start - header, header + length));
    }

    /// <summary>Sends whole frames.</summary>
    public async ValueTask SendFramesAsync(ReadOnlyMemory<byte> frames)
    {
        await _gate.WaitAsync();
        try
        {
            if (!_closeSent)
            {
                await WriteAsync(frames);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sends the close frame; nothing is sent after it. Does nothing when one was sent already.</summary>
    public async ValueTask SendCloseAsync(ConsoleEnd end)
    {
        await _gate.WaitAsync();
        try
        {
            if (!_closeSent)
            {
                _closeSent = true;
                await WriteAsync(WebSocketFrame.Close(end));
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Sends a ping when the browser was not heard and not pinged for <paramref name="after"/>. Does nothing while something else is
    /// being sent: that is as good as a ping.
    /// </summary>
    public async ValueTask PingWhenSilentAsync(TimeSpan after)
    {
        if (!IsPinged || SilentFor < after || _time.GetElapsedTime(Volatile.Read(ref _pingedAt)) < after || !_gate.Wait(0))
        {
            return;
        }

        try
        {
            Volatile.Write(ref _pingedAt, _time.GetTimestamp());
            if (!_closeSent)
            {
                await WriteAsync(WebSocketFrame.Ping);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _receiver.Dispose();

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        var write = _direct is null ? _stream.WriteAsync(bytes, CancellationToken.None) : SendAllAsync(_direct, bytes);
        var waits = !write.IsCompleted;
        await write;
        if (waits)
        {
            // It was let through: the browser takes bytes, however slowly.
            Heard();
        }
    }

    private static async ValueTask SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0)
            {
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None)..];
            }
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Called with the first bytes of the browser, before anybody could answer them.</summary>
    private void HeardFirst(ReadOnlySpan<byte> first)
    {
        if (Interlocked.Exchange(ref _directAfterPong, null) is { } socket && first.StartsWith(WebSocketFrame.StartOfFirstPong))
        {
            _direct = socket;
        }

        _heardFirst?.TrySetResult();
    }

    private void Heard() => Volatile.Write(ref _heardAt, _time.GetTimestamp());

    /// <summary>What the receiver reads and writes through.</summary>
    private sealed class Gated(BrowserSocket socket) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await socket._stream.ReadAsync(buffer, cancellationToken);
            socket.Heard();
            if (count > 0 && Volatile.Read(ref socket._directAfterPong) is not null)
            {
                socket.HeardFirst(buffer.Span[..count]);
            }

            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            socket.SendFramesAsync(buffer);

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
