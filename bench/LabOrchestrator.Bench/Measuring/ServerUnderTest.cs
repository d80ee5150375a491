using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LabOrchestrator.Postgres.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Bench.Measuring;

/// <summary>The real server as a process of its own, with its private database, in a data directory that goes with it.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private const string Password = "correct-horse-7";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);
    private readonly string _log;
    private readonly Process _process;
    private readonly bool _usesEngine;

    private ServerUnderTest(string folder, int port, bool usesEngine, Process process)
    {
        _usesEngine = usesEngine;
        Folder = folder;
        Port = port;
        _log = Path.Combine(folder, "server.log");
        _process = process;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    /// <summary>Its data directory.</summary>
    public string Folder { get; }

    public int Port { get; }

    /// <summary>The process.</summary>
    public int ProcessId => _process.Id;

    /// <summary>A client who is signed in as admin by a token.</summary>
    public HttpClient Http { get; }

    /// <summary>How to reach its database.</summary>
    public string Database => DatabaseOf(Folder);

    /// <summary>Starts it and waits until labs can be started.</summary>
    /// <param name="runtime"><c>docker</c> or <c>memory</c>.</param>
    /// <param name="prepare">Fills the data directory and adds settings (keys as <c>Limits__Instances</c>).</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task<ServerUnderTest> StartAsync(
        string runtime, Action<string, Dictionary<string, string>> prepare, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("lab-bench-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        var port = FreePort();
        var settings = new Dictionary<string, string>
        {
            ["DataDirectory"] = folder,
            ["Http__Port"] = $"{port}",
            ["Admin__Password"] = Password,
            ["Runtime__Name"] = runtime,
        };
        prepare(folder, settings);
        var log = Path.Combine(folder, "server.log");
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "LabOrchestrator.Server", "release", "LabOrchestrator.Server"));
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$1\" >\"$2\" 2>&1", "sh", program, log]);
        foreach (var (key, value) in settings)
        {
            start.Environment[$"LABORCHESTRATOR_{key}"] = value;
        }

        var server = new ServerUnderTest(folder, port, runtime == "docker", Process.Start(start)!);
        try
        {
            await server.UntilReadyAsync(cancellationToken);
            await server.SignInAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a lab.</summary>
    public async Task<JsonElement> StartLabAsync(long lab, CancellationToken cancellationToken)
    {
        using var answer = await Http.PostAsJsonAsync("/api/v1/instances", new { labId = lab }, cancellationToken);
        return answer.StatusCode == HttpStatusCode.Accepted
            ? await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)
            : throw new InvalidOperationException($"A start was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
    }

    /// <summary>The labs, by their names.</summary>
    public async Task<Dictionary<string, long>> LabsAsync(CancellationToken cancellationToken) =>
        (await Http.GetFromJsonAsync<JsonElement>("/api/v1/labs", cancellationToken)).EnumerateArray()
            .ToDictionary(l => l.GetProperty("name").GetString()!, l => l.GetProperty("id").GetInt64());

    /// <summary>The instances.</summary>
    /// <param name="query">What to list, for example <c>ended=true</c>.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task<List<JsonElement>> InstancesAsync(string query, CancellationToken cancellationToken) =>
        [.. (await Http.GetFromJsonAsync<JsonElement>($"/api/v1/instances?limit=1000&{query}", cancellationToken)).GetProperty("items").EnumerateArray()];

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
        await RemoveFromEngineAsync();
        Directory.Delete(Folder, recursive: true);
    }

    // What an installation keeps in the engine for its next start, and the folders of its sockets.
    private async Task RemoveFromEngineAsync()
    {
        if (!_usesEngine || !File.Exists(Path.Combine(Folder, "installation")))
        {
            return;
        }

        var script =
            """
            ours="--filter label=lab-orchestrator.installation=$1"
            docker ps --all --quiet $ours | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
            docker network ls --quiet $ours | xargs --no-run-if-empty docker network rm >/dev/null
            docker volume ls --quiet $ours | xargs --no-run-if-empty docker volume rm >/dev/null
            """;
        var installation = (await File.ReadAllTextAsync(Path.Combine(Folder, "installation"))).Trim();
        using var shell = Process.Start("/bin/sh", ["-c", script, "sh", installation]);
        await shell.WaitForExitAsync();
    }

    private async Task UntilReadyAsync(CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await IsReadyAsync(cancellationToken))
        {
            if (_process.HasExited || TimeProvider.System.GetElapsedTime(started) > StartLimit)
            {
                throw new InvalidOperationException($"The server is not ready:\n{await File.ReadAllTextAsync(_log, cancellationToken)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri("/healthz/ready", UriKind.Relative), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task SignInAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tokens") { Content = JsonContent.Create(new { name = "bench" }) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{Password}")));
        using var answer = await Http.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("token").GetString();
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    private static string DatabaseOf(string folder) =>
        new PrivatePostgres(folder, new PostgresOptions(), TimeProvider.System, NullLogger<PrivatePostgres>.Instance).ConnectionString;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
