using System.Buffers.Binary;
using System.Text;

namespace LabOrchestrator.Runtimes.InMemory;

/// <summary>
/// A small RFB server (RFC 6143, version 3.8, security None, raw encoding): 320 by 200 pixels whose colour follows the keys typed, so
/// that a viewer sees that typing arrives.
/// </summary>
internal sealed class InMemoryScreen(string name) : IDisposable
{
    private const int Width = 320;
    private const int Height = 200;
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint _colour = 0x00305070;

    public Stream Attach()
    {
        var pipe = new DuplexPipe();
        _ = ServeAsync(pipe);
        return pipe.Client;
    }

    public void Dispose() => _ended.Cancel();

    private async Task ServeAsync(DuplexPipe pipe)
    {
        using var input = pipe.FromClient.AsStream();
        using var output = pipe.ToClient.AsStream();
        try
        {
            await ShakeHandsAsync(input, output, _ended.Token).ConfigureAwait(false);
            var shown = 0u;
            while (true)
            {
                shown = await AnswerAsync(input, output, shown, _ended.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The viewer left, or the machine ended.
        }
    }

    private async Task ShakeHandsAsync(Stream input, Stream output, CancellationToken cancellationToken)
    {
        await SendAsync(output, Encoding.ASCII.GetBytes("RFB 003.008\n"), cancellationToken).ConfigureAwait(false);
        await ReceiveAsync(input, 12, cancellationToken).ConfigureAwait(false);
        await SendAsync(output, [1, 1], cancellationToken).ConfigureAwait(false);
        await ReceiveAsync(input, 1, cancellationToken).ConfigureAwait(false);
        await SendAsync(output, [0, 0, 0, 0], cancellationToken).ConfigureAwait(false);
        await ReceiveAsync(input, 1, cancellationToken).ConfigureAwait(false);
        var label = Encoding.UTF8.GetBytes(name);
        var init = new byte[24 + label.Length];
        BinaryPrimitives.WriteUInt16BigEndian(init, Width);
        BinaryPrimitives.WriteUInt16BigEndian(init.AsSpan(2), Height);
        ((ReadOnlySpan<byte>)[32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0]).CopyTo(init.AsSpan(4));
        BinaryPrimitives.WriteInt32BigEndian(init.AsSpan(20), label.Length);
        label.CopyTo(init.AsSpan(24));
        await SendAsync(output, init, cancellationToken).ConfigureAwait(false);
    }

    private async Task<uint> AnswerAsync(Stream input, Stream output, uint shown, CancellationToken cancellationToken)
    {
        var type = (await ReceiveAsync(input, 1, cancellationToken).ConfigureAwait(false))[0];
        switch (type)
        {
            case 0:
                await ReceiveAsync(input, 19, cancellationToken).ConfigureAwait(false);
                return shown;
            case 2:
                var encodings = await ReceiveAsync(input, 3, cancellationToken).ConfigureAwait(false);
                await ReceiveAsync(input, 4 * BinaryPrimitives.ReadUInt16BigEndian(encodings.AsSpan(1)), cancellationToken).ConfigureAwait(false);
                return shown;
            case 3:
                var request = await ReceiveAsync(input, 9, cancellationToken).ConfigureAwait(false);
                return await PaintAsync(output, request[0] == 1 ? shown : 0, cancellationToken).ConfigureAwait(false);
            case 4:
                var key = await ReceiveAsync(input, 7, cancellationToken).ConfigureAwait(false);
                Pressed(key[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(key.AsSpan(3)));
                return shown;
            case 5:
                await ReceiveAsync(input, 5, cancellationToken).ConfigureAwait(false);
                return shown;
            case 6:
                var cut = await ReceiveAsync(input, 7, cancellationToken).ConfigureAwait(false);
                await ReceiveAsync(input, Math.Abs(BinaryPrimitives.ReadInt32BigEndian(cut.AsSpan(3))), cancellationToken).ConfigureAwait(false);
                return shown;
            default:
                throw new IOException($"Unknown RFB message {type}.");
        }
    }

    private void Pressed(bool down, uint keysym)
    {
        if (down)
        {
            lock (_lock)
            {
                _colour = ((_colour * 31) + (keysym * 2654435761)) & 0x00FFFFFF;
                _changed.TrySetResult();
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    private async Task<uint> PaintAsync(Stream output, uint shown, CancellationToken cancellationToken)
    {
        // An incremental request is answered when something changed, but not so late that the viewer's keys wait behind it.
        if (_colour == shown)
        {
            var changed = _changed.Task;
            await Task.WhenAny(changed, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken)).ConfigureAwait(false);
        }

        var colour = _colour;
        var rows = colour == shown ? 0 : Height;
        var update = new byte[4 + (rows == 0 ? 0 : 12 + (Width * rows * 4))];
        update[3] = (byte)(rows == 0 ? 0 : 1);
        if (rows > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(update.AsSpan(8), Width);
            BinaryPrimitives.WriteUInt16BigEndian(update.AsSpan(10), Height);
            for (var at = 16; at < update.Length; at += 4)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(update.AsSpan(at), colour);
            }
        }

        await SendAsync(output, update, cancellationToken).ConfigureAwait(false);
        return colour;
    }

    private static async Task SendAsync(Stream output, byte[] bytes, CancellationToken cancellationToken)
    {
        await output.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<byte[]> ReceiveAsync(Stream input, int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await input.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }
}
