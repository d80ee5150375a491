using System.Net.Sockets;
using System.Runtime.InteropServices;
using LabOrchestrator.Postgres;
using LabOrchestrator.Postgres.Cluster;
using LabOrchestrator.Server.Configuration;

namespace LabOrchestrator.Server.Hosting;

/// <summary>A server from its start to its end, in this order: data directory, database, accounts, then the host with everything else.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly DataFolder _folder;
    private readonly PostgresDatabase _database;
    private readonly WebApplication _app;

    private RunningServer(DataFolder folder, PostgresDatabase database, WebApplication app)
    {
        _folder = folder;
        _database = database;
        _app = app;
    }

    /// <summary>The host's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>The address to type into a browser.</summary>
    public Uri Address => ServerAddress.Of(_app.Services);

    /// <summary>Starts a server and returns once it listens.</summary>
    /// <param name="settings">How.</param>
    /// <param name="build">Puts it together.</param>
    /// <param name="output">Takes what would be said once it listens and is not said again, should it not come to that.</param>
    /// <exception cref="SettingsException">It cannot start as it is set up.</exception>
    public static async Task<RunningServer> StartAsync(Settings settings, BuildServer build, TextWriter output)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => Cancel(c, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Cancel(c, stop));
        var folder = DataFolder.Take(settings.General.DataDirectory);
        PostgresDatabase? database = null;
        WebApplication? app = null;
        try
        {
            Listening.CheckPort(settings.Http);
            database = await OpenDatabaseAsync(settings, stop.Token);
            await folder.NoteAsync(database.Installation, stop.Token);
            app = build(settings, database);
            await RunAsync(app, settings, stop.Token);
            return new RunningServer(folder, database, app);
        }
        catch
        {
            try
            {
                await SayAsync(output, app?.Services.GetServices<IStartStep>().SelectMany(s => s.WhatIsSaidOnce) ?? []);
            }
            finally
            {
                await EndAsync(app, database, folder);
            }

            throw;
        }
    }

    /// <summary>Says where the server is, and who may sign in.</summary>
    public Task SayWhereAsync(TextWriter output) => SayAsync(
        output, _app.Services.GetServices<IStartStep>().SelectMany(s => s.WhatToSay).Prepend($"The Lab Orchestrator is at {Address}"));

    /// <summary>Returns when the process is told to end, and the host has.</summary>
    public Task WaitForStopAsync() => _app.WaitForShutdownAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await EndAsync(_app, _database, _folder);
    }

    private static async Task SayAsync(TextWriter output, IEnumerable<string> sentences)
    {
        foreach (var sentence in sentences)
        {
            await output.WriteLineAsync($"[lab-orchestrator] {sentence}");
        }
    }

    private static async Task<PostgresDatabase> OpenDatabaseAsync(Settings settings, CancellationToken cancellationToken)
    {
        using var loggers = LoggerFactory.Create(l => ServerHosting.AddLogs(l, settings));
        try
        {
            return await PostgresDatabase.OpenAsync(
                settings.Postgres, settings.General.DataDirectory, TimeProvider.System, loggers, cancellationToken);
        }
        catch (PostgresSetupException e)
        {
            throw new SettingsException(e.Message);
        }
    }

    private static async Task RunAsync(WebApplication app, Settings settings, CancellationToken cancellationToken)
    {
        foreach (var step in app.Services.GetServices<IStartStep>())
        {
            await step.RunAsync(cancellationToken);
        }

        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw ServerRun.Explain(e, settings.Http);
        }
    }

    private static async Task EndAsync(WebApplication? app, PostgresDatabase? database, DataFolder folder)
    {
        if (app is not null)
        {
            // Services in the background end without complaint only where the host is known to stop.
            app.Lifetime.StopApplication();
            await app.DisposeAsync();
        }

        if (database is not null)
        {
            await database.DisposeAsync();
        }

        folder.Dispose();
    }

    private static void Cancel(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        stop.Cancel();
    }
}

/// <summary>Puts a server together on an opened database.</summary>
internal delegate WebApplication BuildServer(Settings settings, PostgresDatabase database);
