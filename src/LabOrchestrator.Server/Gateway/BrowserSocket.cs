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
            field = value;
            Heard();
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
        if (SilentFor < after || _time.GetElapsedTime(Volatile.Read(ref _pingedAt)) < after || !_gate.Wait(0))
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
        var write = _stream.WriteAsync(bytes, CancellationToken.None);
        if (write.IsCompleted)
        {
            await write;
            return;
        }

        // A write that had to wait and was let through shows that the browser takes bytes, however slowly.
        await write;
        Heard();
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
