using System.Buffers;

namespace LabOrchestrator.Server.Gateway;

/// <summary>RFB bytes of a machine: read behind the room for a header, sent as one message in one write.</summary>
internal sealed class GraphicalOutput(Stream machine, BrowserSocket browser) : IConsoleOutput
{
    private const int SmallestBuffer = 4_096;
    private const int LargestBuffer = 262_144;
    private int _size = SmallestBuffer;

    public async ValueTask<int?> CopyAsync(CancellationToken cancellationToken)
    {
        await machine.ReadFromMachineAsync(Memory<byte>.Empty, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(_size);
        try
        {
            var room = buffer.AsMemory(WebSocketFrame.LongestHeader);
            var count = await machine.ReadFromMachineAsync(room, cancellationToken);
            if (count == 0)
            {
                return null;
            }

            // A console that fills its buffer gets a larger one next time: large frames are what makes it cheap.
            _size = count == room.Length ? Math.Min(_size * 4, LargestBuffer)
                : count < room.Length / 8 ? Math.Max(_size / 2, SmallestBuffer)
                : _size;
            await browser.SendAsync(buffer, WebSocketFrame.LongestHeader, count);
            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
