using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.Gateway;

/// <summary>A keeper's frames as messages, without their length; as many as have arrived go out in one write.</summary>
internal sealed class TerminalOutput(Stream machine, BrowserSocket browser) : IConsoleOutput
{
    private const int ReadSize = 16_384;
    private const int MessageOverhead = WebSocketFrame.LongestHeader + 1;

    // It keeps no buffer while everything was taken and nothing comes.
    private readonly PipeReader _frames = PipeReader.Create(
        machine, new StreamPipeReaderOptions(bufferSize: ReadSize, minimumReadSize: ReadSize / 4, leaveOpen: true, useZeroByteReads: true));

    public async ValueTask<int?> CopyAsync(CancellationToken cancellationToken)
    {
        var read = await ReadAsync(cancellationToken);
        var rest = read.Buffer;
        var before = rest.Length;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(before, KeeperProtocol.MaximumPayload) + ReadSize);
        try
        {
            var length = 0;
            while (KeeperFrame.TryRead(ref rest, out var frame))
            {
                if (length > 0 && length + MessageOverhead + frame.Payload.Length > buffer.Length)
                {
                    await browser.SendFramesAsync(buffer.AsMemory(0, length));
                    length = 0;
                }

                length += Write(frame, buffer.AsSpan(length));
            }

            if (length > 0)
            {
                await browser.SendFramesAsync(buffer.AsMemory(0, length));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (read.IsCompleted)
        {
            await _frames.CompleteAsync();
            return null;
        }

        _frames.AdvanceTo(rest.Start, rest.End);
        return (int)(before - rest.Length);
    }

    private async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _frames.ReadAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw new MachineGoneException(e);
        }
    }

    private static int Write(KeeperFrame frame, Span<byte> destination)
    {
        var payload = (int)frame.Payload.Length;
        var header = WebSocketFrame.WriteHeader(destination, 1 + payload);
        destination[header] = frame.Type;
        frame.Payload.CopyTo(destination[(header + 1)..]);
        return header + 1 + payload;
    }
}
