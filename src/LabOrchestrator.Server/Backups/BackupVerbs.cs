using System.Runtime.InteropServices;
using LabOrchestrator.Postgres.Cluster;
using LabOrchestrator.Server.Configuration;

namespace LabOrchestrator.Server.Backups;

/// <summary>What the program does besides serving: <c>backup [FILE]</c> and <c>restore FILE</c>. People call it by <c>eng/backup</c> and <c>eng/restore</c>.</summary>
internal static class BackupVerbs
{
    private const int Failed = 1;
    private const int Misused = 2;

    /// <summary>Does what the words say.</summary>
    /// <returns>The process's status.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> words)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => Cancel(c, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Cancel(c, stop));
        try
        {
            switch (words)
            {
                case ["backup"] or ["backup", _]:
                    var path = await new Backup(Settings.FromEnvironment(), TimeProvider.System).MakeAsync(words.ElementAtOrDefault(1), stop.Token);
                    await SayAsync(
                        $"The backup is {path}. It holds the key of all secrets: keep it where nobody else can read it.");
                    return 0;
                case ["restore", var file]:
                    foreach (var sentence in await new Restore(Settings.FromEnvironment(), TimeProvider.System).BringBackAsync(file, stop.Token))
                    {
                        await SayAsync(sentence);
                    }

                    return 0;
                default:
                    await Console.Error.WriteLineAsync("usage: LabOrchestrator.Server [backup [FILE] | restore FILE | doctor]");
                    return Misused;
            }
        }
        catch (Exception e) when (e is BackupException or PostgresSetupException or SettingsException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"[lab-orchestrator] ERROR: {e.Message}");
            return Failed;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("[lab-orchestrator] Interrupted; nothing has changed.");
            return Failed;
        }
    }

    private static Task SayAsync(string sentence) => Console.Out.WriteLineAsync($"[lab-orchestrator] {sentence}");

    private static void Cancel(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        stop.Cancel();
    }
}
