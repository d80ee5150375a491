using System.Net.Sockets;
using System.Runtime.InteropServices;
using LabOrchestrator.Server.Configuration;

namespace LabOrchestrator.Server.Hosting;

/// <summary>A server from its start to its end, in this order: data directory, stores, accounts, then the host with everything else.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly DataFolder _folder;
    private readonly WebApplication _app;

    private RunningServer(DataFolder folder, WebApplication app)
    {
        _folder = folder;
        _app = app;
    }

    /// <summary>The host's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>The address to type into a browser.</summary>
    public Uri Address => ServerAddress.Of(_app.Services);

    /// <summary>Starts a server and returns once it listens.</summary>
    /// <exception cref="SettingsException">It cannot start as it is set up.</exception>
    public static async Task<RunningServer> StartAsync(Settings settings, Func<Settings, WebApplication> build)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => Cancel(c, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Cancel(c, stop));
        var folder = DataFolder.Take(settings.General.DataDirectory);
        WebApplication? app = null;
        try
        {
            app = build(settings);
            foreach (var step in app.Services.GetServices<IStartStep>())
            {
                await step.RunAsync(stop.Token);
            }

            await app.StartAsync(stop.Token);
            return new RunningServer(folder, app);
        }
        catch (Exception e)
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }

            folder.Dispose();
            if (e is IOException or SocketException && app is not null)
            {
                throw ServerRun.Explain(e as IOException ?? new IOException(e.Message, e), settings.Http);
            }

            throw;
        }
    }

    /// <summary>Says where the server is, and who may sign in.</summary>
    public async Task SayWhereAsync(TextWriter output)
    {
        await output.WriteLineAsync($"[lab-orchestrator] The Lab Orchestrator is at {Address}");
        foreach (var line in _app.Services.GetServices<IStartStep>().SelectMany(s => s.WhatToSay))
        {
            await output.WriteLineAsync($"[lab-orchestrator] {line}");
        }
    }

    /// <summary>Returns when the process is told to end, and the host has.</summary>
    public Task WaitForStopAsync() => _app.WaitForShutdownAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    private static void Cancel(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        stop.Cancel();
    }
}
