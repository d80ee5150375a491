using System.Net.WebSockets;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>A WebSocket as bytes. As with KubeVirt, text messages are skipped without a word; one send at a time.</summary>
internal sealed class PlainSocket(WebSocket socket) : IDisposable
{
    private readonly SemaphoreSlim _sending = new(1);

    /// <summary>The next bytes; 0 at the end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            ValueWebSocketReceiveResult received;
            try
            {
                received = await socket.ReceiveAsync(buffer, cancellationToken);
            }
            catch (WebSocketException)
            {
                return 0;
            }

            if (received.MessageType == WebSocketMessageType.Close)
            {
                return 0;
            }

            if (received.MessageType == WebSocketMessageType.Binary && received.Count > 0)
            {
                return received.Count;
            }
        }
    }

    /// <summary>Exactly as many bytes as fit.</summary>
    /// <exception cref="EndOfStreamException">The peer ended before.</exception>
    public async Task ReadExactlyAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var read = await ReadAsync(buffer, cancellationToken);
            buffer = read == 0 ? throw new EndOfStreamException() : buffer[read..];
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    public void Dispose()
    {
        _sending.Dispose();
        socket.Dispose();
    }
}
