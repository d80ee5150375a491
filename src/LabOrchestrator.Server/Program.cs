using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Gateway;
using LabOrchestrator.Server.Hosting;
using LabOrchestrator.Server.Labs;
using LabOrchestrator.Server.Stores;

namespace LabOrchestrator.Server;

/// <summary>The server, as a table of contents.</summary>
public static class Program
{
    /// <summary>Runs the server until it is told to end.</summary>
    public static Task<int> Main() => ServerRun.RunAsync(settings => Build(settings));

    /// <summary>Puts the server together.</summary>
    /// <param name="settings">How.</param>
    /// <param name="change">What a test does differently.</param>
    internal static WebApplication Build(Settings settings, Action<WebApplicationBuilder>? change = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.AddHosting(settings);
        builder.AddStores(settings);
        builder.AddLabs(settings);
        builder.Services.AddGateway();
        change?.Invoke(builder);

        var app = builder.Build();
        app.UseHosting();
        app.MapHealth();
        app.MapGateway();
        return app;
    }
}
