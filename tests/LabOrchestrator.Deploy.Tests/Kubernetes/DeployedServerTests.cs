using System.Text.Json.Nodes;
using LabOrchestrator.Deploy.Images;
using static LabOrchestrator.Deploy.Kubernetes.RenderedObjects;

namespace LabOrchestrator.Deploy.Kubernetes;

/// <summary>
/// The deployment as a whole: the image, with the settings, the account, the rights and the confinement of the rendered objects, in a cluster
/// whose API is simulated. Docker Engine plays the kubelet.
/// </summary>
[Collection(DeploymentCollection.Name)]
[Trait("Category", "Engine")]
public sealed class DeployedServerTests(DeploymentImages images) : IAsyncLifetime
{
    private const string Password = "correct-horse-7";
    private const string ConnectionString = "Host=/var/lib/postgresql/sockets;Database=labs;Username=labs;Password=a word";

    private readonly string _name = $"lab-deploy-test-{Guid.NewGuid().ToString("N")[..8]}";
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-pod-").FullName;
    private readonly int _port = RunningServer.FreePort();

    private string Database => $"{_name}-postgres";

    public async ValueTask InitializeAsync()
    {
        _ = images;
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        await Docker([
            "run", "--detach", "--name", Database, "--network", "none", "--volume", $"{_name}:/var/lib/postgresql/sockets",
            "--env", "POSTGRES_USER=labs", "--env", "POSTGRES_PASSWORD=a word", DeploymentImages.Postgres, "-c", "listen_addresses="]);
        await RunningServer.WaitAsync(
            async () => (await Command.RunAsync("docker", "exec", Database, "/usr/lib/postgresql/15/bin/pg_isready")).Status == 0,
            TimeSpan.FromSeconds(60),
            async () => (await Command.RunAsync("docker", "logs", Database)).Error);
    }

    [Fact]
    public async Task Labs_start_and_end_with_the_deployments_settings_and_rights()
    {
        var objects = Of(await Command.OutputAsync("kubectl", "kustomize", "deploy/kubernetes/examples/try"));
        await using var cluster = await StrictCluster.StartAsync(tls: true);
        await cluster.ApplyAsync(objects.All);
        var pod = PodSpec(DeploymentChecks.Server(objects));
        var @namespace = Namespace(DeploymentChecks.Server(objects))!;
        await MountAccountAsync(cluster, @namespace, pod["serviceAccountName"]!.GetValue<string>());
        await RunAsync(cluster, objects, pod, @namespace);

        using var server = new RunningServer(_port);
        await server.WaitUntilReadyAsync(LogAsync);
        await server.SignInAsync("admin", Password);
        foreach (var lab in (await server.GetAsync("/api/v1/labs")).EnumerateArray())
        {
            await server.PostAsync("/api/v1/instances", new { labId = lab.GetProperty("id").GetInt64() });
        }

        var phases = "";
        await RunningServer.WaitAsync(
            async () => (phases = await PhasesAsync(server)).Split('\n').All(l => l == "Running"),
            TimeSpan.FromSeconds(90),
            async () => phases + '\n' + await LogAsync());
        (await LabNamespacesAsync(cluster)).Count.ShouldBe(phases.Split('\n').Length);

        foreach (var instance in (await server.GetAsync("/api/v1/instances")).GetProperty("items").EnumerateArray())
        {
            await server.DeleteAsync($"/api/v1/instances/{instance.GetProperty("id").GetInt64()}");
        }

        await RunningServer.WaitAsync(
            async () => (await LabNamespacesAsync(cluster)).Count == 0,
            TimeSpan.FromSeconds(60),
            async () => $"{string.Join(' ', await LabNamespacesAsync(cluster))} are left\n{await LogAsync()}");
        (await LogAsync()).ShouldNotContain("orbidden");
    }

    public async ValueTask DisposeAsync()
    {
        await Command.RunAsync("docker", "rm", "--force", "--volumes", _name, Database);
        await Command.RunAsync("docker", "volume", "rm", _name);
        Directory.Delete(_folder, recursive: true);
    }

    private static Task<string> Docker(string[] arguments) => Command.OutputAsync("docker", arguments);

    // What the kubelet lays into a pod.
    private async Task MountAccountAsync(StrictCluster cluster, string @namespace, string account)
    {
        var token = Guid.NewGuid().ToString("N");
        await cluster.AddTokenAsync(token, @namespace, account);
        foreach (var (name, content) in (ReadOnlySpan<(string, string)>)[("token", token), ("namespace", @namespace), ("ca.crt", cluster.AuthorityPem)])
        {
            File.WriteAllText(Path.Combine(_folder, name), content);
        }
    }

    private async Task RunAsync(StrictCluster cluster, RenderedObjects objects, JsonObject pod, string @namespace)
    {
        var container = Containers(DeploymentChecks.Server(objects)).Single();
        var settings = objects.One("ConfigMap", container["envFrom"]![0]!["configMapRef"]!["name"]!.GetValue<string>())["data"]!.AsObject()
            .ToDictionary(s => s.Key, s => s.Value!.GetValue<string>());
        settings["LABORCHESTRATOR_Kubernetes__ServerNamespace"] = @namespace;
        settings["LABORCHESTRATOR_Postgres__ConnectionString"] = ConnectionString;
        settings["LABORCHESTRATOR_Admin__Password"] = Password;
        settings["KUBERNETES_SERVICE_HOST"] = "127.0.0.1";
        settings["KUBERNETES_SERVICE_PORT"] = $"{cluster.Address.Port}";

        // The simulator is on the loopback of this machine, where the server then is too.
        settings["LABORCHESTRATOR_Http__Listen"] = "localhost";
        settings["LABORCHESTRATOR_Http__Port"] = $"{_port}";
        var security = pod["securityContext"]!;
        await Docker([
            "run", "--detach", "--name", _name, "--network", "host", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
            "--user", $"{security["runAsUser"]}:{security["runAsGroup"]}",
            "--tmpfs", "/tmp", "--tmpfs", $"/var/lib/lab-orchestrator:uid={security["runAsUser"]},gid={security["fsGroup"]},mode=0700",
            "--volume", $"{_name}:/var/lib/postgresql/sockets", "--volume", $"{_folder}:/var/run/secrets/kubernetes.io/serviceaccount:ro",
            .. settings.SelectMany(s => (string[])["--env", $"{s.Key}={s.Value}"]),
            container["image"]!.GetValue<string>()]);
    }

    private static async Task<string> PhasesAsync(RunningServer server) => string.Join('\n', (await server.GetAsync("/api/v1/instances"))
        .GetProperty("items").EnumerateArray().Select(i => i.GetProperty("phase").GetString()));

    private static async Task<List<string>> LabNamespacesAsync(StrictCluster cluster) =>
        [.. (await cluster.GetAsync("/api/v1/namespaces?labelSelector=lab-orchestrator/installation"))["items"]!.AsArray().Select(n => Name(n!.AsObject()))];

    private async Task<string> LogAsync()
    {
        var log = await Command.RunAsync("docker", "logs", _name);
        return log.Output + log.Error;
    }
}
