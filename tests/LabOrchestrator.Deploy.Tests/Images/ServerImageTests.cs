using System.Globalization;

namespace LabOrchestrator.Deploy.Images;

[Collection(DeploymentCollection.Name)]
[Trait("Category", "Engine")]
public sealed class ServerImageTests(DeploymentImages images) : IAsyncLifetime
{
    private const string Program = "/opt/lab-orchestrator/LabOrchestrator.Server";

    private readonly string _name = $"lab-deploy-test-{Guid.NewGuid().ToString("N")[..8]}";

    private string Database => $"{_name}-postgres";

    public async ValueTask InitializeAsync()
    {
        _ = images;
        await Docker("network", "create", _name);
        await Docker([
            "run", "--detach", "--name", Database, "--network", _name, .. Restricted,
            "--tmpfs", "/var/lib/postgresql/data:uid=999,gid=999,mode=0700", "--tmpfs", "/var/lib/postgresql/sockets:uid=999,gid=999",
            "--env", "POSTGRES_USER=labs", "--env", "POSTGRES_PASSWORD=a word", DeploymentImages.Postgres]);
        await RunningServer.WaitAsync(
            async () => (await Command.RunAsync("docker", "exec", Database, "/usr/lib/postgresql/15/bin/pg_isready", "--host=127.0.0.1")).Status == 0,
            TimeSpan.FromSeconds(60),
            async () => (await Command.RunAsync("docker", "logs", Database)).Error);
    }

    [Fact]
    public async Task The_server_is_ready_and_saves_itself_as_an_ordinary_user_on_a_read_only_root_with_no_rights()
    {
        var started = TimeProvider.System.GetTimestamp();
        await StartAsync();
        using var server = new RunningServer(await PortAsync());
        (await server.WaitUntilReadyAsync(LogAsync)).ShouldContain("\"ready\"");
        var start = TimeProvider.System.GetElapsedTime(started);

        (await InsideAsync("id -u")).ShouldBe("10001");
        (await InsideAsync("grep -h -E '^(CapEff|NoNewPrivs)' /proc/1/status | tr -s '\\t\\n' ' '")).ShouldBe("CapEff: 0000000000000000 NoNewPrivs: 1");
        (await Command.RunAsync("docker", "exec", _name, "sh", "-c", "echo x >/opt/lab-orchestrator/x")).Status.ShouldNotBe(0);
        (await InsideAsync("find / -xdev -perm /6000 -type f 2>/dev/null || true")).ShouldBeEmpty();
        (await InsideAsync("command -v apt apt-get mmdebstrap || true")).ShouldBeEmpty();

        var backup = await Command.RunAsync("docker", "exec", _name, Program, "backup", "/tmp/labs.tar");
        backup.Status.ShouldBe(0, backup.Error);
        (await InsideAsync("tar -tf /tmp/labs.tar")).Split('\n').ShouldBe(["backup.json", "database.dump", "secrets.key"], ignoreOrder: true);

        started = TimeProvider.System.GetTimestamp();
        await Docker("stop", "--time", "120", _name);

        // On a machine with much else to do, no longer than its start.
        var limit = TimeSpan.FromSeconds(10);
        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(start > limit ? start : limit);
        (await Docker("inspect", "--format", "{{.State.ExitCode}}", _name)).ShouldBe("0");
    }

    public async ValueTask DisposeAsync()
    {
        await Command.RunAsync("docker", "rm", "--force", "--volumes", _name, Database);
        await Command.RunAsync("docker", "network", "rm", _name);
    }

    private static string[] Restricted => ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];

    private static Task<string> Docker(params string[] arguments) => Command.OutputAsync("docker", arguments);

    private Task<string> StartAsync() => Docker([
        "run", "--detach", "--name", _name, "--network", _name, .. Restricted, "--publish", "127.0.0.1::5000",
        "--tmpfs", "/tmp", "--tmpfs", "/var/lib/lab-orchestrator:uid=10001,gid=10001,mode=0700",
        "--env", "LABORCHESTRATOR_Runtime__Name=memory",
        "--env", "LABORCHESTRATOR_Http__Listen=*",
        "--env", "LABORCHESTRATOR_Http__BehindProxy=true",
        "--env", $"LABORCHESTRATOR_Postgres__ConnectionString=Host={Database};Database=labs;Username=labs;Password=a word",
        DeploymentImages.Server]);

    private async Task<int> PortAsync() =>
        int.Parse((await Docker("port", _name, "5000")).Split('\n')[0].Split(':')[^1], CultureInfo.InvariantCulture);

    private Task<string> InsideAsync(string script) => Docker("exec", _name, "sh", "-c", script);

    private async Task<string> LogAsync()
    {
        var log = await Command.RunAsync("docker", "logs", _name);
        return log.Output + log.Error;
    }
}
