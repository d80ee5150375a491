using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace LabOrchestrator.Server.Gateway;

/// <summary>The WebSocket handshake by hand, so that a frame can be sent in one write without a copy (RFC 6455; RFC 8441 on HTTP/2).</summary>
internal static class BrowserUpgrade
{
    private const string Version = "13";

    /// <summary>Null when the request can be upgraded, else what to answer.</summary>
    public static IResult? Refuse(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            return connect.Protocol == "websocket" && context.Request.Headers.SecWebSocketVersion == Version ? null : UpgradeRequired(context);
        }

        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true }
            || !context.Request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase)
            || context.Request.Headers.SecWebSocketVersion != Version)
        {
            return UpgradeRequired(context);
        }

        return KeyOf(context) is null
            ? TypedResults.Problem("Sec-WebSocket-Key must be 16 bytes in base64.", statusCode: StatusCodes.Status400BadRequest)
            : null;
    }

    /// <summary>True when a page of this host asks, or no browser does (only browsers send Origin).</summary>
    public static bool IsSameOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        return origin.Count == 0
            || (origin.Count == 1
                && Uri.TryCreate(origin[0], UriKind.Absolute, out var uri)
                && uri.Scheme is "http" or "https"
                && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Answers the handshake and takes the connection over.</summary>
    public static async Task<BrowserSocket> AcceptAsync(HttpContext context, TimeProvider time)
    {
        LiftLimits(context);
        // Old noVNC asks for the subprotocol "binary"; no other is known.
        if (context.Request.Headers.SecWebSocketProtocol.ToString().Split(',', StringSplitOptions.TrimEntries).Contains("binary"))
        {
            context.Response.Headers.SecWebSocketProtocol = "binary";
        }

        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            return new BrowserSocket(await connect.AcceptAsync(), time);
        }

        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketAccept = AcceptOf(KeyOf(context)!);
        return new BrowserSocket(await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync(), time);
    }

    /// <summary>The connection's socket when what is written to it goes to the browser as it is: HTTP/1.1 without TLS. Else null.</summary>
    public static Socket? PlainSocketOf(HttpContext context) =>
        context.Features.Get<ITlsHandshakeFeature>() is null && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true }
            ? context.Features.Get<IConnectionSocketFeature>()?.Socket
            : null;

    private static ProblemHttpResult UpgradeRequired(HttpContext context)
    {
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketVersion = Version;
        return TypedResults.Problem(
            "This address speaks WebSocket (version 13) only. A proxy in front must pass the headers Connection and Upgrade on.",
            statusCode: StatusCodes.Status426UpgradeRequired);
    }

    /// <summary>Takes off what limits ordinary requests: an upgraded one may last, and be silent.</summary>
    public static void LiftLimits(HttpContext context)
    {
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } response)
        {
            response.MinDataRate = null;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } request)
        {
            request.MinDataRate = null;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
    }

    private static string? KeyOf(HttpContext context)
    {
        var key = context.Request.Headers.SecWebSocketKey;
        Span<byte> bytes = stackalloc byte[18];
        return key.Count == 1 && key[0] is { Length: 24 } text && Convert.TryFromBase64String(text, bytes, out var length) && length == 16
            ? text
            : null;
    }

    private static string AcceptOf(string key)
    {
#pragma warning disable CA5350 // RFC 6455 prescribes SHA-1; nothing is protected by it.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }
}
