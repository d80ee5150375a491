using LabOrchestrator.Consoles;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LabOrchestrator.Server.Gateway;

/// <summary>Puts the gateway into the server.</summary>
internal static class GatewayServices
{
    /// <summary>Adds what <see cref="MapGateway"/> needs beside the library's services.</summary>
    public static IServiceCollection AddGateway(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ConsoleTickets>();
        services.TryAddSingleton<GatewayTimes>();
        services.TryAddSingleton<GatewayMetrics>();
        services.TryAddSingleton<ActiveConsoles>();
        services.TryAddSingleton<ConsoleRelay>();
        services.TryAddSingleton<IConsoleRights, MembersOpenConsoles>();
        services.TryAddSingleton<IConsoleDirectory, LabConsoleDirectory>();
        services.AddHostedService<ConsoleUpkeep>();
        return services;
    }

    /// <summary>Maps <c>GET /api/v1/console?ticket=…</c>, the WebSocket of every console.</summary>
    public static IEndpointRouteBuilder MapGateway(this IEndpointRouteBuilder endpoints)
    {
        // CONNECT is how a browser opens a WebSocket over HTTP/2.
        endpoints.MapMethods("/api/v1/console", [HttpMethods.Get, HttpMethods.Connect], ConsoleEndpoint.OpenAsync)
            .WithName("OpenConsole")
            .ExcludeFromDescription();
        return endpoints;
    }
}
