using System.Buffers;
using System.Net.WebSockets;

namespace LabOrchestrator.Server.Gateway;

/// <summary>
/// Copies input from the browser to the machine until the browser ends. When the machine ends first it goes on reading, and throws away:
/// a connection closed with unread input is reset, and what the machine said last would be lost with it.
/// </summary>
internal sealed class BrowserToMachine(BrowserSocket browser, Stream machine, IConsoleInput input)
{
    // Keys, pointer moves and pongs fit; only a longer message rents more.
    private const int SmallBuffer = 512;
    private const int LargeBuffer = 65_536;
    private bool _discarding;

    /// <summary>Bytes given to the machine.</summary>
    public long Bytes { get; private set; }

    /// <summary>Why writing to the machine failed, if it did.</summary>
    public Exception? MachineFailure { get; private set; }

    /// <summary>Runs to the browser's end, and never throws.</summary>
    /// <param name="machineEnded">Cancelled when the machine takes no more input.</param>
    public async Task<ConsoleEnd> RunAsync(CancellationToken machineEnded)
    {
        try
        {
            while (true)
            {
                // Waits without a buffer, so that an idle console holds none.
                var waited = await browser.ReceiveAsync(Memory<byte>.Empty);
                if (waited.MessageType == WebSocketMessageType.Close)
                {
                    return ConsoleEnd.BrowserClosed;
                }

                if (await CopyAsync(machineEnded) is { } end)
                {
                    return end;
                }
            }
        }
        catch (WebSocketException e) when (e.WebSocketErrorCode is WebSocketError.Faulted or WebSocketError.HeaderError)
        {
            return ConsoleEnd.ProtocolError;
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return ConsoleEnd.BrowserGone;
        }
    }

    /// <summary>After a refusal: reads and throws away until the browser has closed. Never throws.</summary>
    public async Task DrainAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LargeBuffer);
        try
        {
            while ((await browser.ReceiveAsync(buffer)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Gone, too.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Copies while there is more of what has begun; null to wait again.</summary>
    private async ValueTask<ConsoleEnd?> CopyAsync(CancellationToken machineEnded)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(SmallBuffer);
        try
        {
            var end = input.RoomBefore;
            while (true)
            {
                var received = await browser.ReceiveAsync(buffer.AsMemory(end));
                if (received.MessageType != WebSocketMessageType.Binary)
                {
                    return received.MessageType == WebSocketMessageType.Close ? ConsoleEnd.BrowserClosed : ConsoleEnd.NotBinary;
                }

                end += received.Count;
                if (input.LongestMessage > 0 && end - input.RoomBefore > input.LongestMessage)
                {
                    return ConsoleEnd.TooBig;
                }

                var full = end == buffer.Length;
                if (input.LongestMessage == 0 || received.EndOfMessage)
                {
                    if (await GiveAsync(buffer, end, machineEnded) is { } refusal)
                    {
                        return refusal;
                    }

                    if (received.EndOfMessage)
                    {
                        return null;
                    }

                    end = input.RoomBefore;
                }

                if (full && buffer.Length < LargeBuffer)
                {
                    buffer = Larger(buffer, end, LargeBuffer);
                }
                else if (full && input.LongestMessage > 0)
                {
                    buffer = Larger(buffer, end, 2 * LargeBuffer);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<ConsoleEnd?> GiveAsync(byte[] buffer, int end, CancellationToken machineEnded)
    {
        if (_discarding || machineEnded.IsCancellationRequested)
        {
            return null;
        }

        var part = input.Take(buffer.AsSpan(0, end), out var refusal);
        var (offset, length) = part.GetOffsetAndLength(buffer.Length);
        if (refusal is not null || length == 0)
        {
            return refusal;
        }

        try
        {
            browser.InputIsHeldUp = true;
            await machine.WriteAsync(buffer.AsMemory(offset, length), machineEnded);
            Bytes += length;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other direction finds the machine's end after its last bytes, and decides.
            _discarding = true;
            MachineFailure = e is IOException ? e : null;
        }
        finally
        {
            browser.InputIsHeldUp = false;
        }

        return null;
    }

    private static byte[] Larger(byte[] buffer, int end, int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        buffer.AsSpan(0, end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
