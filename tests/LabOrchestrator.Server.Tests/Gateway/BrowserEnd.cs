using System.Net.WebSockets;
using LabOrchestrator.Conformance;

namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>What tests do with a browser's end of a console.</summary>
internal static class BrowserEnd
{
    /// <summary>Reads messages until there are so many bytes, or the server's close frame.</summary>
    public static async Task<byte[]> ReceiveAsync(this ClientWebSocket browser, int count, Func<Task>? betweenReads = null, int pieces = 65_536)
    {
        var bytes = new byte[count];
        var got = 0;
        using var limit = Eventually.Limit();
        while (got < count)
        {
            var received = await browser.ReceiveAsync(bytes.AsMemory(got, Math.Min(pieces, count - got)), limit.Token);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                break;
            }

            received.MessageType.ShouldBe(WebSocketMessageType.Binary);
            got += received.Count;
            if (betweenReads is not null)
            {
                await betweenReads();
            }
        }

        return bytes[..got];
    }

    /// <summary>Reads one whole message.</summary>
    public static async Task<byte[]> ReceiveMessageAsync(this ClientWebSocket browser)
    {
        var buffer = new byte[80_000];
        var got = 0;
        using var limit = Eventually.Limit();
        while (true)
        {
            var received = await browser.ReceiveAsync(buffer.AsMemory(got), limit.Token);
            received.MessageType.ShouldBe(WebSocketMessageType.Binary);
            got += received.Count;
            if (received.EndOfMessage)
            {
                return buffer[..got];
            }
        }
    }

    public static ValueTask SendAsync(this ClientWebSocket browser, ReadOnlyMemory<byte> message) =>
        browser.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, default);

    /// <summary>Waits for the server's close frame and answers it.</summary>
    public static async Task<(int Code, string Reason)> WaitForCloseAsync(this ClientWebSocket browser)
    {
        var buffer = new byte[65_536];
        using var limit = Eventually.Limit();
        while ((await browser.ReceiveAsync(buffer.AsMemory(), limit.Token)).MessageType != WebSocketMessageType.Close)
        {
        }

        var answer = ((int)browser.CloseStatus!, browser.CloseStatusDescription!);
        await browser.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
        return answer;
    }
}
