using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LabOrchestrator.Images;

namespace LabOrchestrator.Docker.Tests.Images;

/// <summary>A registry that wants a login, on a free port of loopback, and what an author does with it.</summary>
internal sealed class PrivateRegistry : IAsyncDisposable
{
    public const string Username = "ada";
    public const string Password = "open-sesame";

    // The password as bcrypt has it.
    private const string Account = Username + ":$2b$04$WJfl8LbUjaQOhhR6AAYFiuuSUQNVBSG1DquDzqi9MHCuj9sgiu24W\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("lab-registry-").FullName;
    private Process? _process;

    private PrivateRegistry()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Host = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
    }

    /// <summary>What references to it begin with. Engines speak plain HTTP to loopback.</summary>
    public string Host { get; }

    public static async Task<PrivateRegistry> StartAsync()
    {
        var registry = new PrivateRegistry();
        var accounts = Path.Combine(registry._folder, "htpasswd");
        await File.WriteAllTextAsync(accounts, Account);
        var configuration = Path.Combine(registry._folder, "config.yml");
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: "{{registry._folder}}/images" } }
            http: {addr: "{{registry.Host}}"}
            auth: {htpasswd: {realm: labs, path: "{{accounts}}" } }
            """);
        registry._process = Process.Start(new ProcessStartInfo("docker-registry", ["serve", configuration]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        registry._process.BeginErrorReadLine();
        registry._process.BeginOutputReadLine();
        using var http = new HttpClient();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var response = await http.GetAsync(new Uri($"http://{registry.Host}/v2/"));
                response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
                return registry;
            }
            catch (HttpRequestException) when (attempt < 100)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    /// <summary>Makes an image that nobody else has, of a base image and 8 MiB of noise, puts it into the registry, and forgets it here.</summary>
    public async Task<string> PublishAsync(string name, string baseImage)
    {
        var reference = $"{Host}/labs/{name}:1";
        await File.WriteAllTextAsync(Path.Combine(_folder, "Dockerfile"), $"FROM {baseImage}\nCOPY noise /noise\n");
        var noise = new byte[8 << 20];
        Random.Shared.NextBytes(noise);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "noise"), noise);
        await File.WriteAllTextAsync(Path.Combine(_folder, ".dockerignore"), "images\n");
        await DockerAsync("build", "--quiet", "--tag", reference, _folder);
        await DockerAsync("login", "--username", Username, "--password", Password, Host);
        await DockerAsync("push", "--quiet", reference);
        await ForgetAsync(reference);
        return reference;
    }

    /// <summary>Removes an image from the engine.</summary>
    public Task ForgetAsync(string reference) => DockerAsync("image", "rm", "--force", reference);

    public async ValueTask DisposeAsync()
    {
        _process?.Kill();
        await (_process?.WaitForExitAsync() ?? Task.CompletedTask);
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // With a configuration of its own, so that no login is left in the user's.
    private async Task DockerAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("docker", ["--config", Path.Combine(_folder, "docker"), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var docker = Process.Start(start)!;
        var output = docker.StandardOutput.ReadToEndAsync();
        var errors = await docker.StandardError.ReadToEndAsync();
        await output;
        await docker.WaitForExitAsync();
        docker.ExitCode.ShouldBe(0, errors);
    }
}

/// <summary>A login for one registry.</summary>
internal sealed class OneLogin(string registry, string password) : IRegistryCredentials
{
    public Task<RegistryCredential?> FindAsync(string wanted, CancellationToken cancellationToken) =>
        Task.FromResult(wanted == registry ? new RegistryCredential(registry, PrivateRegistry.Username, password) : null);
}
