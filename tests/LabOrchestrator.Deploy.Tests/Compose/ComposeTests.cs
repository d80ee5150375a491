using System.Text.Json;
using LabOrchestrator.Deploy.Images;

namespace LabOrchestrator.Deploy.Compose;

[Collection(DeploymentCollection.Name)]
[Trait("Category", "Engine")]
public sealed class ComposeTests(DeploymentImages images) : IAsyncLifetime
{
    private const string Password = "correct-horse-7";

    private readonly string _project = $"labdeploytest{Guid.NewGuid().ToString("N")[..8]}";
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-compose-").FullName;
    private readonly int _port = RunningServer.FreePort();
    private string _installation = "";

    private string Shared => Path.Combine(_folder, "run");

    private string Settings => Path.Combine(_folder, "env");

    public async ValueTask InitializeAsync()
    {
        _ = images;
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(
            Settings,
            $"""
            DATABASE_PASSWORD=a-word
            DOCKER_GID={await Command.OutputAsync("stat", "--format=%g", "/var/run/docker.sock")}
            ADMIN_PASSWORD={Password}
            HTTP_PORT={_port}
            RUN_DIRECTORY={Shared}
            ADDRESS_POOL=10.223.0.0/16

            """);
    }

    [Fact]
    public async Task A_lab_runs_beside_a_composed_server_and_nothing_is_left_of_either()
    {
        await ComposeAsync("up", "--detach");
        using var server = new RunningServer(_port);
        await server.WaitUntilReadyAsync(() => ComposeAsync("logs", "server"));
        await server.SignInAsync("admin", Password);
        _installation = (await server.GetAsync("/api/v1/system")).GetProperty("installation").GetString()!;

        foreach (var lab in (await server.GetAsync("/api/v1/labs")).EnumerateArray())
        {
            await server.PostAsync("/api/v1/instances", new { labId = lab.GetProperty("id").GetInt64() });
        }

        var phases = "";
        await RunningServer.WaitAsync(
            async () => (phases = await MachinesAsync(server)).Split('\n').All(l => l.EndsWith("ConsoleReady", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(90),
            async () => phases + await ComposeAsync("logs", "server"));
        phases.Split('\n').Length.ShouldBeGreaterThanOrEqualTo(3, phases);
        (await OfInstancesAsync()).Length.ShouldBeGreaterThanOrEqualTo(3);

        foreach (var instance in (await server.GetAsync("/api/v1/instances")).GetProperty("items").EnumerateArray())
        {
            await server.DeleteAsync($"/api/v1/instances/{instance.GetProperty("id").GetInt64()}");
        }

        string[] left = [];
        await RunningServer.WaitAsync(
            async () => (left = await OfInstancesAsync()).Length == 0,
            TimeSpan.FromSeconds(60),
            () => Task.FromResult($"The engine still has {string.Join(' ', left)}"));

        await SaveAndBringBackAsync(server);
        await ComposeAsync("down", "--volumes");
        (await Command.OutputAsync("docker", "ps", "--all", "--quiet", "--filter", $"label=com.docker.compose.project={_project}")).ShouldBeEmpty();
        (await Command.OutputAsync("docker", "volume", "ls", "--quiet", "--filter", $"label=com.docker.compose.project={_project}")).ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        await Command.RunAsync("sh", "-c", $"{await ComposerAsync()} {string.Join(' ', Arguments)} down --volumes");
        if (_installation.Length > 0)
        {
            await RemoveAsync("rm --force --volumes", await OfInstallationAsync("ps", "--all"));
            await RemoveAsync("network rm", await OfInstallationAsync("network", "ls"));
            await RemoveAsync("volume rm", await OfInstallationAsync("volume", "ls"));
        }

        // What the server made belongs to its own user.
        await Command.RunAsync(
            "docker", "run", "--rm", "--user", "0:0", "--volume", $"{_folder}:/folder", "--entrypoint", "rm", DeploymentImages.Server, "-rf", "/folder/run");
        Directory.Delete(_folder, recursive: true);
    }

    private string[] Arguments => ["--file", "deploy/compose/compose.yaml", "--env-file", Settings, "--project-name", _project];

    // By the words of docs/how-to/back-up.md.
    private async Task SaveAndBringBackAsync(RunningServer server)
    {
        const string Program = "/opt/lab-orchestrator/LabOrchestrator.Server";
        await ComposeAsync("exec", "-T", "server", Program, "backup", "/tmp/labs.tar");
        var file = Path.Combine(_folder, "labs.tar");
        var compose = $"{await ComposerAsync()} {string.Join(' ', Arguments)}";
        await Command.OutputAsync("sh", "-c", $"{compose} exec -T server cat /tmp/labs.tar >{file}");
        await ComposeAsync("stop", "server");
        await Command.OutputAsync(
            "sh", "-c", $"{compose} run --rm --no-deps -T --entrypoint sh server -c 'cat >/tmp/labs.tar && exec {Program} restore /tmp/labs.tar' <{file}");
        await ComposeAsync("start", "server");
        await server.WaitUntilReadyAsync(() => ComposeAsync("logs", "server"));
        (await server.GetAsync("/api/v1/system")).GetProperty("installation").GetString().ShouldBe(_installation);
    }

    private static async Task<string> MachinesAsync(RunningServer server)
    {
        var lines = new List<string>();
        foreach (var instance in (await server.GetAsync("/api/v1/instances")).GetProperty("items").EnumerateArray())
        {
            var whole = await server.GetAsync($"/api/v1/instances/{instance.GetProperty("id").GetInt64()}");
            var machines = whole.GetProperty("machines").EnumerateArray().ToList();
            lines.Add(machines.Count == 0 ? whole.GetProperty("phase").GetString()! : string.Join('\n', machines.Select(Line)));
        }

        return string.Join('\n', lines);
    }

    private static string Line(JsonElement machine) => $"{machine.GetProperty("name")} {machine.GetProperty("phase")} {machine.GetProperty("stage")}";

    private static async Task<string> ComposerAsync() =>
        (await Command.RunAsync("docker", "compose", "version")).Status == 0 ? "docker compose" : "docker-compose";

    private async Task<string> ComposeAsync(params string[] verb)
    {
        string[] words = [.. (await ComposerAsync()).Split(' '), .. Arguments, .. verb];
        return await Command.OutputAsync(words[0], words[1..]);
    }

    private async Task<string[]> OfInstancesAsync()
    {
        string[] filter = ["--filter", "label=lab-orchestrator.instance"];
        return
        [
            .. await OfInstallationAsync(["ps", "--all", .. filter]),
            .. await OfInstallationAsync(["network", "ls", .. filter]),
            .. await OfInstallationAsync(["volume", "ls", .. filter]),
        ];
    }

    private async Task<string[]> OfInstallationAsync(params string[] list) =>
        (await Command.OutputAsync("docker", [.. list, "--quiet", "--filter", $"label=lab-orchestrator.installation={_installation}"]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task RemoveAsync(string verb, string[] found)
    {
        if (found.Length > 0)
        {
            await Command.RunAsync("docker", [.. verb.Split(' '), .. found]);
        }
    }
}
