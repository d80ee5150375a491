using System.Net.Sockets;
using System.Security.Cryptography;
using LabOrchestrator.Server.Gateway;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>Joins a browser's WebSocket with a machine's, byte by byte: the two agree on everything between themselves.</summary>
internal sealed partial class WebSockets(ILogger<WebSockets> logger)
{
    private const string Protocol = "websocket";
    private const int AliveSeconds = 60;

    /// <summary>Whether a request asks for a WebSocket, over HTTP/1.1 or HTTP/2.</summary>
    public static bool IsAskedFor(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect
            ? connect.Protocol == Protocol
            : context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
                && context.Request.Headers.Upgrade.ToString().Equals(Protocol, StringComparison.OrdinalIgnoreCase);

    /// <summary>Asks the machine for the same.</summary>
    public static void Ask(HttpContext context, HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation(HeaderNames.Connection, "Upgrade");
        request.Headers.TryAddWithoutValidation(HeaderNames.Upgrade, Protocol);
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true })
        {
            // HTTP/2 has no such key.
            request.Headers.TryAddWithoutValidation(HeaderNames.SecWebSocketKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)));
        }
    }

    /// <summary>Takes the browser's connection over, and copies until one side ends.</summary>
    public async Task JoinAsync(HttpContext context, HttpResponseMessage answer, WebVisit visit, CancellationToken cancellationToken)
    {
        foreach (var (name, values) in answer.Headers.NonValidated)
        {
            if (name.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase))
            {
                context.Response.Headers[name] = values.ToString();
            }
        }

        await using var machine = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await using var browser = await AcceptAsync(context);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var up = StreamCopy.RunAsync(browser, machine, stop.Token);
        var down = StreamCopy.RunAsync(machine, browser, stop.Token);
        var first = await Task.WhenAny(up, down);
        LogEnded(first == up ? "browser" : "machine", visit.Port.InstanceId, visit.Port.Machine, visit.Port.Port);
        await stop.CancelAsync();
        await (Task)Task.WhenAll(up, down).ContinueWith(t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (cancellationToken.IsCancellationRequested)
        {
            context.Abort();
        }
    }

    private static async Task<Stream> AcceptAsync(HttpContext context)
    {
        BrowserUpgrade.LiftLimits(context);
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            context.Response.Headers.Remove(HeaderNames.SecWebSocketAccept);
            context.Response.StatusCode = StatusCodes.Status200OK;
            return await connect.AcceptAsync();
        }

        // The two may be silent for as long as they like; a browser that went away without a word is found out by its system.
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, AliveSeconds);
        }

        context.Response.Headers.Upgrade = Protocol;
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    [LoggerMessage(1, LogLevel.Debug, "A WebSocket of the web port {InstanceId}/{Machine}:{Port} was ended by the {Side}.")]
    private partial void LogEnded(string side, long instanceId, string machine, int port);
}
