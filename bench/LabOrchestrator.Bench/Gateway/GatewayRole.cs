using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LabOrchestrator.Consoles;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Server.Gateway;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>The product's gateway in a process of its own, on Kestrel as the product sets it up, before consoles on one unix socket.</summary>
internal static class GatewayRole
{
    /// <summary>Arguments: <c>PORT PATH</c>.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureGatewayKestrel();
        builder.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, int.Parse(arguments[0], CultureInfo.InvariantCulture)));
        builder.Services.AddSingleton<IConsoleTicketStore, InMemoryConsoleTicketStore>();
        builder.Services.AddSingleton<IConsoleDirectory>(new OneSocket(arguments[1]));
        builder.Services.AddGateway();
        var app = builder.Build();
        app.MapGateway();
        app.MapPost("/bench/tickets", async (ConsoleTickets tickets, CancellationToken cancellationToken) =>
            (await tickets.IssueAsync(1, 1, "machine", "graphical", ConsoleMode.Interact, cancellationToken)).Secret);
        app.MapGet("/bench/consoles", (ActiveConsoles consoles) => consoles.Count);
        app.MapGet("/bench/managed", () => GC.GetTotalMemory(forceFullCollection: true));
        await app.StartAsync();
        Console.WriteLine("ready");
        await app.WaitForShutdownAsync();
    }

    private sealed class OneSocket(string path) : IConsoleDirectory, IMachineConsoles
    {
        private readonly UnixDomainSocketEndPoint _endPoint = new(path);

        public Task<ConsoleResolution> ResolveAsync(ConsoleRequest request, CancellationToken cancellationToken) =>
            Task.FromResult<ConsoleResolution>(new ConsoleResolution.Found(new ConsoleDefinition("graphical", ConsoleKind.Graphical), this));

        public async Task<Stream> OpenAsync(long instanceId, string machine, ConsoleDefinition console, CancellationToken cancellationToken)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(_endPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
    }
}
