using System.Net.Sockets;
using LabOrchestrator.Server.Configuration;
using Microsoft.AspNetCore.Connections;

namespace LabOrchestrator.Server.Hosting;

/// <summary>The life of the process: from its settings to its end.</summary>
internal static class ServerRun
{
    private const int CannotStart = 1;

    /// <summary>Builds and runs the server; says in sentences, not in stack traces, why it cannot.</summary>
    public static async Task<int> RunAsync(BuildServer build)
    {
        try
        {
            var settings = Settings.FromEnvironment();
            foreach (var warning in settings.Warnings)
            {
                await Console.Error.WriteLineAsync($"[lab-orchestrator] Warning: {warning}");
            }

            await using var server = await RunningServer.StartAsync(settings, build, Console.Out);
            await server.SayWhereAsync(Console.Out);
            await server.WaitForStopAsync();
            return 0;
        }
        catch (SettingsException e)
        {
            foreach (var sentence in e.Sentences)
            {
                await Console.Error.WriteLineAsync($"[lab-orchestrator] ERROR: {sentence}");
            }

            return CannotStart;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }

    /// <summary>Makes sentences of what keeps Kestrel, or a first try of its port, from listening.</summary>
    public static SettingsException Explain(Exception e, HttpOptions http) => new(e switch
    {
        AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            $"Port {http.Port} is taken by another program: stop that program, or set {SettingsReader.Prefix}Http__Port to another one.",
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            $"User {Environment.UserName} may not listen on port {http.Port}: set {SettingsReader.Prefix}Http__Port to 1024 or above. A proxy in front can have port {http.Port}.",
        _ when e.InnerException is { } cause and (AddressInUseException or SocketException) => Explain(cause, http).Sentences[0],
        _ => $"The server cannot listen on {http.Listen}, port {http.Port} ({e.Message.TrimEnd('.')}): set {SettingsReader.Prefix}Http__Listen to an address of this machine.",
    });
}
