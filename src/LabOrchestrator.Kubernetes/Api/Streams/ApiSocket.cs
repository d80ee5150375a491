using System.Net.WebSockets;

namespace LabOrchestrator.Kubernetes.Api.Streams;

/// <summary>A WebSocket whose sends are serialised and whose end is a value. Text messages count for nothing, as with KubeVirt.</summary>
internal sealed class ApiSocket(WebSocket socket, TimeProvider time) : IAsyncDisposable, IDisposable
{
    /// <summary>Bytes of one message at most: peers read into buffers of about this size.</summary>
    public const int MostPerMessage = 32 * 1024;

    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _sending = new(1);

    /// <summary>The sub-protocol that the server chose.</summary>
    public string Protocol { get; } = socket.SubProtocol ?? "";

    /// <summary>The connection ended without the server saying goodbye, as when another viewer took a machine's only session.</summary>
    public bool EndedAbruptly { get; private set; }

    /// <summary>The server's words when it said goodbye.</summary>
    public string? Goodbye => socket.CloseStatusDescription;

    public TimeProvider Time => time;

    /// <summary>
    /// The next bytes of a message, straight into the buffer, so that what is not read stays with the sender. With an empty
    /// buffer it waits for something to read.
    /// </summary>
    /// <returns>Their number, whether they end their message, and whether nothing will come any more.</returns>
    public async ValueTask<SocketRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
                switch (read.MessageType)
                {
                    case WebSocketMessageType.Close:
                        return new SocketRead(0, true, true);
                    case WebSocketMessageType.Binary:
                        return new SocketRead(read.Count, read.EndOfMessage, false);
                    case WebSocketMessageType.Text when buffer.IsEmpty:
                        return new SocketRead(0, false, false);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            EndedAbruptly = true;
            return new SocketRead(0, true, true);
        }
    }

    /// <summary>Sends one message.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or InvalidOperationException or ObjectDisposedException)
        {
            throw new IOException("The connection through the API server has ended.", e);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            using var patience = new CancellationTokenSource(ClosePatience, time);
            try
            {
                await _sending.WaitAsync(patience.Token).ConfigureAwait(false);
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or InvalidOperationException)
            {
                // It was only a courtesy.
            }
        }

        Dispose();
    }

    public void Dispose() => socket.Dispose();
}

/// <param name="Count">Bytes read.</param>
/// <param name="EndOfMessage">They are the last of their message.</param>
/// <param name="Ended">Nothing will come any more.</param>
internal readonly record struct SocketRead(int Count, bool EndOfMessage, bool Ended);
