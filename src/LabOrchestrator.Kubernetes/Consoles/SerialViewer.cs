using System.Buffers;
using System.Buffers.Binary;
using System.Threading.Channels;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Kubernetes.Consoles;

/// <summary>One viewer of a serial line.</summary>
/// <param name="line">The line, with what was said on it before.</param>
/// <param name="source">The session at it that the viewer types on, and ends with.</param>
internal sealed class SerialViewer(SerialLine line, Stream source)
{
    private const int NumberBytes = sizeof(long);

    private readonly ViewerPipe _pipe = new();
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long? _next;
    private bool _paused;

    public Stream Stream => _pipe.Stream;

    /// <summary>The session that the viewer ends with.</summary>
    public Stream Source => source;

    public void Start()
    {
        _ = HearAsync();
        _ = ShowAsync();
    }

    /// <summary>There is more to show.</summary>
    public void Wake() => _bell.Writer.TryWrite(true);

    /// <summary>The line has ended: what is left is shown, and then the stream ends.</summary>
    public void End() => _bell.Writer.TryComplete();

    private async Task HearAsync()
    {
        try
        {
            while (true)
            {
                var read = await _pipe.FromViewer.ReadAsync().ConfigureAwait(false);
                var buffer = read.Buffer;
                while (KeeperFrame.TryRead(ref buffer, out var frame))
                {
                    await TakeAsync(frame).ConfigureAwait(false);
                }

                _pipe.FromViewer.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ObjectDisposedException)
        {
            // A viewer that breaks the protocol, or a line that ended.
        }

        line.Leave(this);
        End();
        await _pipe.FromViewer.CompleteAsync().ConfigureAwait(false);
    }

    private async ValueTask TakeAsync(KeeperFrame frame)
    {
        switch (frame.Type)
        {
            case KeeperProtocol.Attach when frame.Payload.Length == NumberBytes:
                Volatile.Write(ref _paused, false);
                _next = line.FirstFor(BinaryPrimitives.ReadInt64BigEndian(frame.Payload.ToArray()));
                Wake();
                break;
            case KeeperProtocol.Input when _next is not null:
                await source.WriteAsync(frame.Payload.ToArray()).ConfigureAwait(false);
                break;
            case KeeperProtocol.Pause or KeeperProtocol.Continue:
                Volatile.Write(ref _paused, frame.Type == KeeperProtocol.Pause);
                Wake();
                break;
            default:
                // A serial line has no size.
                break;
        }
    }

    private async Task ShowAsync()
    {
        var buffer = new byte[32 * 1024];
        long? shown = null;
        try
        {
            while (await _bell.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                _bell.Reader.TryRead(out _);
                shown = await ShowAsync(buffer, shown).ConfigureAwait(false);
            }

            await ShowAsync(buffer, shown).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The viewer is gone.
        }

        _pipe.End();
    }

    private async Task<long?> ShowAsync(byte[] buffer, long? shown)
    {
        if (_next is not { } first)
        {
            return shown;
        }

        if (shown is null)
        {
            Greet(first);
            shown = first;
        }

        while (!Volatile.Read(ref _paused))
        {
            var (from, count) = line.Read(shown.Value, buffer);
            if (from > shown)
            {
                Tell(KeeperProtocol.Lost, shown.Value, Number(from));
            }

            if (count > 0)
            {
                Tell(KeeperProtocol.Output, from, buffer.AsSpan(0, count));
            }

            shown = from + count;
            if ((await _pipe.ToViewer.FlushAsync().ConfigureAwait(false)).IsCompleted)
            {
                throw new IOException("The viewer is gone.");
            }

            if (count < buffer.Length)
            {
                break;
            }
        }

        return shown;
    }

    private void Greet(long first)
    {
        Span<byte> hello = stackalloc byte[1 + NumberBytes];
        hello[0] = KeeperProtocol.Version;
        BinaryPrimitives.WriteInt64BigEndian(hello[1..], line.Epoch);
        KeeperFrame.Write(_pipe.ToViewer, KeeperProtocol.Hello, hello, Number(first));
    }

    private void Tell(byte type, long number, ReadOnlySpan<byte> rest) => KeeperFrame.Write(_pipe.ToViewer, type, Number(number), rest);

    private static byte[] Number(long number)
    {
        var bytes = new byte[NumberBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
