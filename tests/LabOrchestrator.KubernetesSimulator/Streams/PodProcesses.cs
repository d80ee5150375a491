using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>
/// Containers whose command we have a program for run it as a process of this machine; of all others it is only said that they run.
/// </summary>
internal sealed class PodProcesses(SimulatorSettings settings, PodFolders folders)
{
    private readonly ConcurrentDictionary<string, bool> _probing = new();

    /// <summary>Starts a container's command, and tells its exit code when it has ended by itself.</summary>
    public void Start(StoredObject pod, string container, string[] command, Action<int> ended)
    {
        if (Process(pod, container, command) is not { } process)
        {
            return;
        }

        process.EnableRaisingEvents = true;
        process.Exited += (_, _) =>
        {
            var code = process.ExitCode;
            process.Dispose();
            ended(code);
        };
        process.Start();
    }

    /// <summary>Runs a probe beside everything else; one at a time of each pod.</summary>
    public void Probe(StoredObject pod, string container, string[] command, Action<bool> answered)
    {
        if (!_probing.TryAdd(pod.Uid, true))
        {
            return;
        }

        _ = Task.Run(async () =>
        {
            try
            {
                using var process = Process(pod, container, command);
                if (process is null)
                {
                    answered(true);
                    return;
                }

                process.StartInfo.RedirectStandardOutput = process.StartInfo.RedirectStandardError = true;
                process.Start();
                await process.WaitForExitAsync();
                answered(process.ExitCode == 0);
            }
            catch (Exception e) when (e is Win32Exception or InvalidOperationException)
            {
                answered(false);
            }
            finally
            {
                _probing.TryRemove(pod.Uid, out _);
            }
        });
    }

    private Process? Process(StoredObject pod, string container, string[] command)
    {
        const string brought = "/usr/lib/lab-orchestrator/";
        if (settings.ProgramFolder is not { } programs || command.Length == 0 || !command[0].StartsWith(brought, StringComparison.Ordinal)
            || Path.Combine(programs, command[0][brought.Length..]) is var program && !File.Exists(program))
        {
            return null;
        }

        var folder = folders.Of(pod, container);
        var start = new ProcessStartInfo(program, command[1..]) { WorkingDirectory = folder, RedirectStandardInput = true };
        start.Environment["HOSTNAME"] = pod.Name;
        start.Environment["HOME"] = folder;
        return new Process { StartInfo = start };
    }
}
