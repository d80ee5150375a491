using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;

namespace LabOrchestrator.Bench.Starts;

/// <summary>What a person waits for: the screen's size, and a prompt.</summary>
internal static class FirstSigns
{
    private const int ServerInitLength = 24;

    /// <summary>Greets an RFB server as a viewer does, and returns when it has told its screen.</summary>
    public static async Task ServerInitAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[256];
        await stream.ReadExactlyAsync(buffer.AsMemory(0, 12), cancellationToken);
        await stream.WriteAsync(buffer.AsMemory(0, 12), cancellationToken);
        await stream.ReadExactlyAsync(buffer.AsMemory(0, 1), cancellationToken);
        await stream.ReadExactlyAsync(buffer.AsMemory(0, buffer[0]), cancellationToken);
        await stream.WriteAsync(new byte[] { 1 }, cancellationToken);
        await stream.ReadExactlyAsync(buffer.AsMemory(0, 4), cancellationToken);
        await stream.WriteAsync(new byte[] { 1 }, cancellationToken);
        await stream.ReadExactlyAsync(buffer.AsMemory(0, ServerInitLength), cancellationToken);
    }

    /// <summary>Attaches to a keeper on a stream, and returns when it has put out the text.</summary>
    public static async Task PromptAsync(Stream stream, string prompt, CancellationToken cancellationToken)
    {
        await stream.WriteAsync((byte[])[(byte)'A', 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0], cancellationToken);
        await stream.FlushAsync(cancellationToken);
        var seen = new StringBuilder();
        var header = new byte[5];
        do
        {
            await stream.ReadExactlyAsync(header, cancellationToken);
            var payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1))];
            await stream.ReadExactlyAsync(payload, cancellationToken);
            TakeOutput(seen, header[0], payload);
        }
        while (!IsSeen(seen, prompt));
    }

    /// <summary>The same through the gateway, where each message is a frame without its length.</summary>
    public static async Task PromptAsync(WebSocket socket, string prompt, CancellationToken cancellationToken)
    {
        await socket.SendAsync((byte[])[(byte)'A', 0, 0, 0, 0, 0, 0, 0, 0], WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        var seen = new StringBuilder();
        var buffer = new byte[128 << 10];
        do
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                length += part.Count;
            }
            while (!part.EndOfMessage);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                throw new IOException($"The gateway closed a terminal: {socket.CloseStatusDescription}");
            }

            TakeOutput(seen, buffer[0], buffer.AsSpan(1, Math.Max(0, length - 1)));
        }
        while (!IsSeen(seen, prompt));
    }

    // An empty prompt stands for whatever is put out first.
    private static bool IsSeen(StringBuilder seen, string prompt) =>
        prompt.Length == 0 ? seen.Length > 0 : seen.ToString().Contains(prompt, StringComparison.Ordinal);

    private static void TakeOutput(StringBuilder seen, byte type, ReadOnlySpan<byte> payload)
    {
        if (type == 'O')
        {
            seen.Append(Encoding.Latin1.GetString(payload[8..]));
        }
    }
}
