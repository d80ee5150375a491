using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using LabOrchestrator.Bench.Measuring;

namespace LabOrchestrator.Bench.Starts;

/// <summary>A lab as a script starts it; its consoles are dialled directly.</summary>
internal sealed class HandStart : IDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);
    private readonly string _folder = Directory.CreateTempSubdirectory("hand-").FullName;
    private readonly string _script;

    private HandStart() => _script = Path.Combine(_folder, "script");

    private string Run => Path.Combine(_folder, "run");

    /// <summary>Writes the script from a running instance of the product.</summary>
    public static async Task<HandStart> LearnAsync(ServerUnderTest server, long instance, CancellationToken cancellationToken)
    {
        var hand = new HandStart();
        var installation = (await File.ReadAllTextAsync(Path.Combine(server.Folder, "installation"), cancellationToken)).Trim();
        string[] ofInstance = ["--filter", $"label=lab-orchestrator.installation={installation}", "--filter", $"label=lab-orchestrator.instance={instance}"];
        var ids = Lines(await DockerAsync(cancellationToken, ["ps", "--quiet", "--no-trunc", .. ofInstance]));
        var networks = Lines(await DockerAsync(cancellationToken, ["network", "ls", "--quiet", .. ofInstance]));
        using var containers = JsonDocument.Parse(await DockerAsync(cancellationToken, ["inspect", .. ids]));
        using var network = JsonDocument.Parse(await DockerAsync(cancellationToken, ["network", "inspect", networks[0]]));
        var prefix = string.Create(CultureInfo.InvariantCulture, $"lab-{installation[..8]}-{instance}-");
        var seeds = Path.Combine(hand._folder, "seeds");
        foreach (var vm in containers.RootElement.EnumerateArray().Where(c => c.GetProperty("Config").GetProperty("Hostname").GetString() == "launcher"))
        {
            await TakeSeedAsync(vm, Path.Combine(seeds, vm.GetProperty("Name").GetString()![(prefix.Length + 1)..]), cancellationToken);
        }

        var writer = new HandScript(prefix, RunFolderOf(containers.RootElement), hand.Run);
        await File.WriteAllTextAsync(hand._script, writer.Write(network.RootElement[0], containers.RootElement.EnumerateArray(), seeds), cancellationToken);
        return hand;
    }

    /// <summary>Runs the script and waits for the signs.</summary>
    /// <returns>The seconds until each.</returns>
    public async Task<double[]> RunAsync(BenchLab lab, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var script = Child.Start("/bin/bash", _script);
        var shell = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var signs = lab.Signs.Select(async sign =>
        {
            await WaitForAsync(sign, shell.Task, cancellationToken);
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }).ToList();
        await script.ReadAsync(cancellationToken);
        shell.SetResult();
        return await Task.WhenAll(signs);
    }

    /// <summary>Removes what the script made.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await RemoveAsync(["ps", "--all", "--quiet"], ["rm", "--force", "--volumes"], cancellationToken);
        await RemoveAsync(["network", "ls", "--quiet"], ["network", "rm"], cancellationToken);
        await RemoveAsync(["volume", "ls", "--quiet"], ["volume", "rm"], cancellationToken);
        if (Directory.Exists(Run))
        {
            Directory.Delete(Run, recursive: true);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task WaitForAsync(Sign sign, Task shell, CancellationToken cancellationToken)
    {
        switch (sign.Kind)
        {
            case SignKind.Screen:
                await using (var screen = await DialAsync(sign.Machine, "vnc.sock", cancellationToken))
                {
                    await FirstSigns.ServerInitAsync(screen, cancellationToken);
                }

                break;
            case SignKind.LoginPrompt:
                await using (var terminal = await DialAsync(sign.Machine, "terminal.sock", cancellationToken))
                {
                    await FirstSigns.PromptAsync(terminal, sign.Prompt, cancellationToken);
                }

                break;
            default:
                await shell;
                using (var attach = Process.Start(new ProcessStartInfo("docker", HandScript.Attach(sign.Machine)) { RedirectStandardInput = true, RedirectStandardOutput = true })!)
                {
                    await FirstSigns.PromptAsync(
                        new TwoWays(attach.StandardOutput.BaseStream, attach.StandardInput.BaseStream), sign.Prompt, cancellationToken);
                    attach.Kill();
                }

                break;
        }
    }

    private async Task<Stream> DialAsync(string machine, string name, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Run, machine, name);
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException)
            {
                socket.Dispose();
                await Task.Delay(BetweenLooks, TimeProvider.System, cancellationToken);
            }
        }
    }

    // A launcher forgets its seed's files once they are in the image.
    private static async Task TakeSeedAsync(JsonElement container, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var id = container.GetProperty("Id").GetString()!;
        var image = Path.Combine(folder, "image");
        await RunProgramAsync("/bin/sh", ["-c", "exec docker exec --user \"$3\" \"$1\" cat /tmp/seed.iso >\"$2\"", "sh", id, image, HandScript.Variable(container, "LAB_USER")], cancellationToken);
        foreach (var name in new[] { "meta-data", "user-data", "network-config" })
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder, name), await RunProgramAsync("isoinfo", ["-R", "-x", $"/{name}", "-i", image], cancellationToken), cancellationToken);
        }

        File.Delete(image);
    }

    private static string RunFolderOf(JsonElement containers) => containers.EnumerateArray()
        .SelectMany(c => c.GetProperty("HostConfig").TryGetProperty("Mounts", out var mounts) && mounts.ValueKind == JsonValueKind.Array ? mounts.EnumerateArray() : [])
        .Where(m => m.GetProperty("Type").GetString() == "bind")
        .Select(m => Path.GetDirectoryName(m.GetProperty("Source").GetString())!)
        .FirstOrDefault("/nowhere");

    private static async Task RemoveAsync(string[] list, string[] remove, CancellationToken cancellationToken)
    {
        var found = Lines(await DockerAsync(cancellationToken, [.. list, "--filter", $"name=^{HandScript.Prefix}"]));
        if (found.Length > 0)
        {
            await DockerAsync(cancellationToken, [.. remove, .. found]);
        }
    }

    private static Task<string> DockerAsync(CancellationToken cancellationToken, params string[] arguments) => RunProgramAsync("docker", arguments, cancellationToken);

    private static async Task<string> RunProgramAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed; its message is above.");
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
