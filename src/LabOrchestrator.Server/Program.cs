using LabOrchestrator.Postgres;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Backups;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Gateway;
using LabOrchestrator.Server.Hosting;
using LabOrchestrator.Server.Labs;
using LabOrchestrator.Server.Operation;
using LabOrchestrator.Server.Pages;
using LabOrchestrator.Server.PrototypeApi;
using LabOrchestrator.Server.Stores;
using LabOrchestrator.Server.Users;
using LabOrchestrator.Server.WebPorts;

namespace LabOrchestrator.Server;

/// <summary>The server, as a table of contents.</summary>
public static class Program
{
    /// <summary>Runs the server until it is told to end; with words, does what they say.</summary>
    public static Task<int> Main(string[] words) =>
        words is ["doctor"] ? DoctorVerb.RunAsync(Console.Out, CancellationToken.None)
        : words.Length > 0 ? BackupVerbs.RunAsync(words)
        : ServerRun.RunAsync((settings, database) => Build(settings, database));

    /// <summary>Puts the server together.</summary>
    /// <param name="settings">How.</param>
    /// <param name="database">Its opened database.</param>
    /// <param name="change">What a test does differently.</param>
    internal static WebApplication Build(Settings settings, PostgresDatabase database, Action<WebApplicationBuilder>? change = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.AddHosting(settings);
        builder.AddStores(settings, database);
        builder.AddAccounts(settings);
        builder.AddLabs(settings);
        builder.AddApi();
        builder.AddPrototypeApi();
        builder.Services.AddGateway();
        builder.Services.AddWebPorts();
        builder.AddPages(settings);
        change?.Invoke(builder);

        var app = builder.Build();
        app.UseHosting();
        app.UseAccounts();
        app.UsePages();
        app.MapHealth();
        app.MapApi();
        app.MapGateway();
        app.MapPrototypeApi();
        app.MapWebLinks();
        app.MapPages();
        return app;
    }
}
