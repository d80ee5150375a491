using System.Net;
using System.Net.Sockets;
using LabOrchestrator.Runtimes.InMemory;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace LabOrchestrator.Server.Tests.WebPorts;

/// <summary>What a machine serves on its port, and what it saw.</summary>
internal sealed class MachineSite : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IPEndPoint _address;

    private MachineSite(WebApplication app)
    {
        _app = app;
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        _address = new IPEndPoint(IPAddress.Loopback, bound.Port);
    }

    public static async Task<MachineSite> StartAsync(Action<WebApplication>? map = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o =>
        {
            o.Listen(IPAddress.Loopback, 0);
            o.Limits.MaxRequestBodySize = null;
            o.ResponseHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
        });
        var app = builder.Build();
        app.UseWebSockets();
        app.MapGet("/", () => Results.Content("<title>of the machine</title>", "text/html"));
        app.MapGet("/headers", (HttpRequest r) => r.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()));
        app.MapPost("/length", async (HttpRequest r) =>
        {
            using var all = new MemoryStream();
            await r.Body.CopyToAsync(all);
            return all.Length;
        });
        app.Map("/target/{**rest}", (HttpContext c) => c.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget);
        app.Map("/socket", EchoAsync);
        map?.Invoke(app);
        await app.StartAsync();
        return new MachineSite(app);
    }

    /// <summary>Starts what the machine <c>shell</c> of a server serves on port 8080.</summary>
    public static async Task<MachineSite> ServeAsync(ServerFixture server, Action<WebApplication>? map = null)
    {
        var site = await StartAsync(map);
        site.ListenIn(server, "shell", 8080);
        return site;
    }

    /// <summary>Lets a machine of a server in this process serve it.</summary>
    public void ListenIn(ServerFixture server, string machine, int port) =>
        server.Services.GetRequiredService<InMemoryLabRuntime>().Ports.Listen(machine, port, ConnectAsync);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_address, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not System.Net.WebSockets.WebSocketMessageType.Close } message)
        {
            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }
}
