using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using LabOrchestrator.Consoles;
using LabOrchestrator.Server.Gateway;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>The gateway on a real Kestrel on loopback, before machines on unix sockets.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayHost(WebApplication app, SocketMachines machines, ShiftedTime time)
    {
        _app = app;
        Machines = machines;
        Time = time;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public SocketMachines Machines { get; }

    public ShiftedTime Time { get; }

    public Uri Address { get; }

    public ActiveConsoles Consoles => _app.Services.GetRequiredService<ActiveConsoles>();

    public static async Task<GatewayHost> StartAsync(
        GatewayTimes? times = null, HttpProtocols protocols = HttpProtocols.Http1, X509Certificate2? certificate = null, Action<WebApplicationBuilder>? configure = null)
    {
        var machines = new SocketMachines();
        var time = new ShiftedTime();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureGatewayKestrel();
        builder.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0, l =>
        {
            l.Protocols = protocols;
            if (certificate is not null)
            {
                l.UseHttps(certificate);
            }
        }));
        builder.Services.AddProblemDetails();

        // What is to end at a stop ends by itself, or its test waits in vain.
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromHours(1));
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton(times ?? new GatewayTimes());
        builder.Services.AddSingleton<IConsoleTicketStore, InMemoryConsoleTicketStore>();
        builder.Services.AddSingleton<IConsoleDirectory>(machines);
        builder.Services.AddGateway();
        configure?.Invoke(builder);
        var app = builder.Build();
        if (configure is not null)
        {
            app.UseRequestTimeouts();
        }

        app.MapGateway();
        await app.StartAsync();
        return new GatewayHost(app, machines, time);
    }

    public async Task<string> TicketAsync(ConsoleMode mode = ConsoleMode.Interact, string console = "graphical", long userId = 7) =>
        (await _app.Services.GetRequiredService<ConsoleTickets>()
            .IssueAsync(userId, SocketMachines.Instance, SocketMachines.Machine, console, mode, default)).Secret;

    public Uri WebSocketAddress(string ticket) => new($"{(Address.Scheme == "https" ? "wss" : "ws")}://{Address.Authority}/api/v1/console?ticket={ticket}");

    /// <summary>Opens a console and returns both ends of it.</summary>
    public async Task<(ClientWebSocket Browser, MachineEnd Machine)> OpenAsync(
        ConsoleMode mode = ConsoleMode.Interact, string console = "graphical", long userId = 7)
    {
        var browser = new ClientWebSocket();
        browser.Options.KeepAliveInterval = TimeSpan.Zero;
        await browser.ConnectAsync(WebSocketAddress(await TicketAsync(mode, console, userId)), default);
        return (browser, await Machines.AcceptAsync());
    }

    /// <summary>Tries to open a console and returns the answer.</summary>
    public async Task<HttpResponseMessage> TryAsync(string ticket, Action<HttpRequestMessage>? change = null)
    {
        using var http = new HttpClient { BaseAddress = Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/console?ticket={ticket}");
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        change?.Invoke(request);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Stops as a server stops.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Machines.Dispose();
    }
}
