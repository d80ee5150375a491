namespace LabOrchestrator.Kubernetes.Api.Streams;

/// <summary>A WebSocket's bytes without their messages: KubeVirt's <c>vnc</c> and <c>console</c>.</summary>
internal sealed class PlainStream(ApiSocket socket) : AsyncStream
{
    private bool _ended;

    /// <summary>It ended without a goodbye, as when another viewer took the machine's only session.</summary>
    public bool EndedAbruptly => socket.EndedAbruptly;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_ended)
        {
            var read = await socket.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            _ended = read.Ended;
            if (read.Count > 0 || buffer.IsEmpty)
            {
                return read.Count;
            }
        }

        return 0;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            var part = buffer[..Math.Min(buffer.Length, ApiSocket.MostPerMessage)];
            await socket.SendAsync(part, cancellationToken).ConfigureAwait(false);
            buffer = buffer[part.Length..];
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await socket.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }
}
