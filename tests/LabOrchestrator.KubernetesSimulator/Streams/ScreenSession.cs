using System.Buffers.Binary;
using System.Text;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>An RFB server (RFC 6143, 3.8, security None, raw pixels of 32 bits) behind one WebSocket.</summary>
internal sealed class ScreenSession(PlainSocket socket, SimulatedMachine machine) : IDisposable
{
    private readonly SemaphoreSlim _wake = new(0);
    private volatile int _wanted; // 0: nothing, 1: changes, 2: all
    private (int Red, int Green, int Blue) _shifts = (16, 8, 0);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        machine.Screen.Changed += Wake;
        try
        {
            await ShakeHandsAsync(ended.Token);
            var painting = PaintAsync(ended.Token);
            await ListenAsync(ended.Token);
            await ended.CancelAsync();
            await painting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (EndOfStreamException)
        {
            // The viewer left.
        }
        finally
        {
            machine.Screen.Changed -= Wake;
            await ended.CancelAsync();
        }
    }

    public void Dispose() => _wake.Dispose();

    private async Task ShakeHandsAsync(CancellationToken cancellationToken)
    {
        await socket.WriteAsync("RFB 003.008\n"u8.ToArray(), cancellationToken);
        await ReadAsync(12, cancellationToken);
        await socket.WriteAsync(new byte[] { 1, 1 }, cancellationToken);
        await ReadAsync(1, cancellationToken);
        await socket.WriteAsync(new byte[4], cancellationToken);
        await ReadAsync(1, cancellationToken);
        var label = Encoding.UTF8.GetBytes(machine.Name);
        var start = new byte[24 + label.Length];
        BinaryPrimitives.WriteUInt16BigEndian(start, SimulatedScreen.Width);
        BinaryPrimitives.WriteUInt16BigEndian(start.AsSpan(2), SimulatedScreen.Height);
        new byte[] { 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0 }.CopyTo(start, 4);
        BinaryPrimitives.WriteInt32BigEndian(start.AsSpan(20), label.Length);
        label.CopyTo(start, 24);
        await socket.WriteAsync(start, cancellationToken);
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            switch ((await ReadAsync(1, cancellationToken))[0])
            {
                case 0:
                    var format = await ReadAsync(19, cancellationToken);
                    _shifts = (format[13], format[14], format[15]);
                    break;
                case 2:
                    var encodings = await ReadAsync(3, cancellationToken);
                    await ReadAsync(4 * BinaryPrimitives.ReadUInt16BigEndian(encodings.AsSpan(1)), cancellationToken);
                    break;
                case 3:
                    var request = await ReadAsync(9, cancellationToken);
                    _wanted = Math.Max(_wanted, request[0] == 1 ? 1 : 2);
                    Wake();
                    break;
                case 4:
                    var key = await ReadAsync(7, cancellationToken);
                    if (key[0] == 1)
                    {
                        machine.Press(BinaryPrimitives.ReadUInt32BigEndian(key.AsSpan(3)));
                    }

                    break;
                case 5:
                    await ReadAsync(5, cancellationToken);
                    break;
                case 6:
                    var cut = await ReadAsync(7, cancellationToken);
                    await ReadAsync(Math.Abs(BinaryPrimitives.ReadInt32BigEndian(cut.AsSpan(3))), cancellationToken);
                    break;
                default:
                    return;
            }
        }
    }

    private async Task PaintAsync(CancellationToken cancellationToken)
    {
        var shown = 0L;
        while (true)
        {
            await _wake.WaitAsync(cancellationToken);
            var version = machine.Screen.Version;
            if (_wanted == 0 || (_wanted == 1 && version == shown))
            {
                continue;
            }

            _wanted = 0;
            shown = version;
            var update = new byte[16 + (SimulatedScreen.Width * SimulatedScreen.Height * 4)];
            update[3] = 1;
            BinaryPrimitives.WriteUInt16BigEndian(update.AsSpan(8), SimulatedScreen.Width);
            BinaryPrimitives.WriteUInt16BigEndian(update.AsSpan(10), SimulatedScreen.Height);
            machine.Screen.Copy(update.AsSpan(16), _shifts.Red, _shifts.Green, _shifts.Blue);
            for (var at = 0; at < update.Length; at += 32 * 1024)
            {
                await socket.WriteAsync(update.AsMemory(at, Math.Min(32 * 1024, update.Length - at)), cancellationToken);
            }
        }
    }

    private void Wake() => _wake.Release();

    private async Task<byte[]> ReadAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await socket.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }
}
