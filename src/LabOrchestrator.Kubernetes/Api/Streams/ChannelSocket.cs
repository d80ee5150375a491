using System.Buffers;

namespace LabOrchestrator.Kubernetes.Api.Streams;

/// <summary>A WebSocket of which each message's first byte says what stream the rest is of.</summary>
internal sealed class ChannelSocket(ApiSocket socket) : IAsyncDisposable, IDisposable
{
    private readonly byte[] _head = new byte[1];
    private byte _channel;
    private bool _inMessage;

    public string Protocol => socket.Protocol;

    public bool EndedAbruptly => socket.EndedAbruptly;

    public string? Goodbye => socket.Goodbye;

    public TimeProvider Time => socket.Time;

    /// <summary>The next bytes, which are of one channel. With an empty buffer it waits for something to read.</summary>
    public async ValueTask<ChannelRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!_inMessage)
        {
            var head = await socket.ReadAsync(buffer.IsEmpty ? buffer : _head, cancellationToken).ConfigureAwait(false);
            if (head.Ended || buffer.IsEmpty)
            {
                return new ChannelRead(0, 0, false, head.Ended);
            }

            (_channel, _inMessage) = (_head[0], head.Count == 1);
            if (head.EndOfMessage)
            {
                if (_inMessage)
                {
                    _inMessage = false;
                    return new ChannelRead(_channel, 0, true, false);
                }
            }
        }

        var read = await socket.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _inMessage = !read.EndOfMessage && !read.Ended;
        return new ChannelRead(_channel, read.Count, read.EndOfMessage, read.Ended);
    }

    /// <summary>Sends bytes to a channel, each message in a frame of its own: some servers know no continuation.</summary>
    public async ValueTask WriteAsync(byte channel, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var message = ArrayPool<byte>.Shared.Rent(Math.Min(bytes.Length, ApiSocket.MostPerMessage) + 1);
        try
        {
            do
            {
                var part = bytes[..Math.Min(bytes.Length, ApiSocket.MostPerMessage)];
                message[0] = channel;
                part.CopyTo(message.AsMemory(1));
                await socket.SendAsync(message.AsMemory(0, part.Length + 1), cancellationToken).ConfigureAwait(false);
                bytes = bytes[part.Length..];
            }
            while (!bytes.IsEmpty);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    public ValueTask DisposeAsync() => socket.DisposeAsync();

    public void Dispose() => socket.Dispose();
}

/// <param name="Channel">The channel.</param>
/// <param name="Count">Bytes read.</param>
/// <param name="EndOfMessage">They are the last of their message.</param>
/// <param name="Ended">Nothing will come any more.</param>
internal readonly record struct ChannelRead(byte Channel, int Count, bool EndOfMessage, bool Ended);
