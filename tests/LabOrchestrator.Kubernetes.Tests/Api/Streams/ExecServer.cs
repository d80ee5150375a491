using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace LabOrchestrator.Kubernetes.Tests.Api.Streams;

/// <summary>The node's side of a channelled WebSocket.</summary>
internal sealed class ExecServer(WebSocket socket, CancellationToken gone)
{
    private readonly byte[] _buffer = new byte[64 * 1024];

    public static RequestDelegate Speaking(string protocol, Func<ExecServer, Task> speak) => async context =>
    {
        context.WebSockets.WebSocketRequestedProtocols.ShouldContain(protocol);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(protocol);
        await speak(new ExecServer(socket, context.RequestAborted));
    };

    public Task SayAsync(byte channel, ReadOnlySpan<byte> bytes) =>
        socket.SendAsync(new ArraySegment<byte>([channel, .. bytes]), WebSocketMessageType.Binary, true, gone);

    public Task SayAsync(byte channel, string text) => SayAsync(channel, Encoding.UTF8.GetBytes(text));

    public Task RawAsync(byte[] bytes, WebSocketMessageType type, bool end) => socket.SendAsync(new ArraySegment<byte>(bytes), type, end, gone);

    /// <summary>The next message, which must come in one frame, or null at the client's goodbye.</summary>
    public async Task<(byte Channel, byte[] Bytes)?> HearAsync()
    {
        var read = await socket.ReceiveAsync(new ArraySegment<byte>(_buffer), gone);
        if (read.MessageType == WebSocketMessageType.Close)
        {
            return null;
        }

        read.EndOfMessage.ShouldBeTrue();
        read.MessageType.ShouldBe(WebSocketMessageType.Binary);
        return (_buffer[0], _buffer[1..read.Count]);
    }

    /// <summary>The next message as it is.</summary>
    public async Task<byte[]> HearRawAsync()
    {
        var read = await socket.ReceiveAsync(new ArraySegment<byte>(_buffer), gone);
        return _buffer[..read.Count];
    }

    public Task ExitAsync(int code) => SayAsync(3, code == 0
        ? """{"kind":"Status","metadata":{},"status":"Success"}"""
        : $$$"""{"kind":"Status","metadata":{},"status":"Failure","message":"command terminated with non-zero exit code","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"{{{code}}}"}]}}""");

    public Task CloseAsync() => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, gone);
}
