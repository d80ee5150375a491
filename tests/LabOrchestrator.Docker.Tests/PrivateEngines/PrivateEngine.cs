using System.Diagnostics;
using System.Globalization;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.PrivateEngines;

/// <summary>
/// A Docker Engine of the test's own, with its own network and mounts, which may be stopped and killed: whoever uses the machine's
/// engine is not disturbed. Each start has a new network, as after the start of a host: no bridge, no firewall.
/// </summary>
public sealed class PrivateEngine : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string[] Images = ["lab-orchestrator/launcher:1", "lab-orchestrator/helper:1", "lab-orchestrator/terminal:1", "lab-orchestrator/tiny-vm:1"];

    private readonly string _folder = Directory.CreateTempSubdirectory("lab-engine-").FullName;
    private Process? _daemon;

    /// <summary>Its socket.</summary>
    public string Socket => Path.Combine(_folder, "docker.sock");

    private string Log => Path.Combine(_folder, "log");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "An engine of one's own needs root.");
        await StartAsync();
        await RunAsync("bash", "-c", $"set -o pipefail; docker save {string.Join(' ', Images)} | docker -H unix://{Socket} load");
    }

    /// <summary>Starts it; returns when it answers.</summary>
    public async Task StartAsync()
    {
        Launch();
        using var engine = new EngineClient(Socket, TimeProvider.System);
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                await engine.NegotiateAsync(patience.Token);
                return;
            }
            catch (RuntimeUnavailableException)
            {
                if (_daemon!.HasExited)
                {
                    // Its log is there once its shell has begun. It gives its containerd 15 s, which may be too short beside much else: a host's service manager tries again then, too.
                    var log = await File.ReadAllTextAsync(Log, patience.Token);
                    log.ShouldContain("timeout waiting for containerd to start", Case.Sensitive, $"The engine ended: {log}");
                    File.Delete(Log);
                    _daemon.Dispose();
                    Launch();
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
            }
        }
    }

    /// <summary>Stops it as an administrator does: it ends its containers first.</summary>
    public async Task StopAsync()
    {
        await RunAsync("kill", "-TERM", _daemon!.Id.ToString(CultureInfo.InvariantCulture));
        using var patience = new CancellationTokenSource(Patience);
        await _daemon.WaitForExitAsync(patience.Token);
    }

    /// <summary>Ends it with all its containers at once, as a host without power does.</summary>
    public async Task CrashAsync()
    {
        var all = Ours();
        all.ShouldNotBeEmpty();
        foreach (var process in all)
        {
            using var one = Find(process);
            one?.Kill();
        }

        using var patience = new CancellationTokenSource(Patience);
        await _daemon!.WaitForExitAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_daemon is { HasExited: false })
        {
            await StopAsync();
        }

        _daemon?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Launch() => _daemon = Process.Start(
        "setsid",
        [
            "unshare", "--net", "--mount", "--propagation", "private", "sh", "-c",
            $"ip link set lo up && exec dockerd --data-root {_folder}/data --exec-root {_folder}/exec --pidfile {_folder}/pid -H unix://{Socket} --log-level error >>{Log} 2>&1",
        ]);

    // The daemon's session and the shims, which name its folder, with all that they started.
    private List<int> Ours()
    {
        var parents = new Dictionary<int, int>();
        var found = new List<int>();
        foreach (var id in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(n => char.IsAsciiDigit(n![0])).Select(n => int.Parse(n!, CultureInfo.InvariantCulture)))
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{id}/stat");
                parents[id] = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
                if (id == _daemon!.Id || File.ReadAllText($"/proc/{id}/cmdline").Contains(_folder + "/", StringComparison.Ordinal))
                {
                    found.Add(id);
                }
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(parents.Where(p => p.Value == found[i] && !found.Contains(p.Key)).Select(p => p.Key));
        }

        return found;
    }

    private static Process? Find(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(Patience);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        await process.WaitForExitAsync(patience.Token);
        process.ExitCode.ShouldBe(0, await output + await errors);
    }
}
