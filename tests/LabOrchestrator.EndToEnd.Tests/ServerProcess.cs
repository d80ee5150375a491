using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace LabOrchestrator.EndToEnd;

/// <summary>The built server as a process of its own, with a data folder that is removed with it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    public const string Admin = "admin";
    public const string Password = "correct-horse-7";

    private readonly Dictionary<string, string> _settings;
    private readonly ConcurrentQueue<string> _log = new();
    private Process? _process;

    private ServerProcess(string runtime, Dictionary<string, string>? settings)
    {
        DataDirectory = Directory.CreateTempSubdirectory("lab-e2e-").FullName;
        File.SetUnixFileMode(DataDirectory, (UnixFileMode)0b111_101_101);
        Port = FreePort();
        _settings = new Dictionary<string, string>
        {
            ["DataDirectory"] = DataDirectory,
            ["Http__Port"] = $"{Port}",
            ["Admin__Password"] = Password,
            ["Runtime__Name"] = runtime,
        };
        foreach (var (key, value) in settings ?? [])
        {
            _settings[key] = value;
        }

        Http = new HttpClient { BaseAddress = new Uri($"http://localhost:{Port}") };
    }

    public string DataDirectory { get; }

    public int Port { get; }

    public Uri Address => Http.BaseAddress!;

    /// <summary>A client without sign-in; see <see cref="SignInAsync"/>.</summary>
    public HttpClient Http { get; }

    public string Log => string.Join('\n', _log);

    public static async Task<ServerProcess> StartAsync(string runtime, Dictionary<string, string>? settings = null)
    {
        var server = new ServerProcess(runtime, settings);
        try
        {
            await server.LaunchAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the process, again after <see cref="KillAsync"/> or <see cref="StopAsync"/>, and waits until labs can be started.</summary>
    public async Task LaunchAsync()
    {
        _process = Process.Start(StartInfo([]))!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Wait.UntilAsync(
            async () =>
            {
                if (_process.HasExited)
                {
                    throw new InvalidOperationException($"The server ended with {_process.ExitCode}:\n{Log}");
                }

                return await IsReadyAsync();
            },
            TimeSpan.FromSeconds(90),
            () => $"The server is not ready:\n{Log}");
    }

    /// <summary>Runs the program with words, in the server's settings, beside it or instead of it.</summary>
    public async Task<(int Status, string Said)> RunAsync(params string[] words)
    {
        using var process = Process.Start(StartInfo(words))!;
        var error = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync() + await error;
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>As Ctrl-C; answers how long it took.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        using var kill = Process.Start("kill", ["-INT", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return TimeProvider.System.GetElapsedTime(started);
    }

    /// <summary>A client of the REST API with a token of a user.</summary>
    public async Task<HttpClient> SignInAsync(string name = Admin, string password = Password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tokens") { Content = JsonContent.Create(new { name = "test" }) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
        using var response = await Http.SendAsync(request);
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", answer.GetProperty("token").GetString());
        return client;
    }

    /// <summary>The installation's identity, which its objects in the engine carry.</summary>
    public async Task<string> InstallationAsync()
    {
        using var admin = await SignInAsync();
        return (await admin.GetFromJsonAsync<JsonElement>("/api/v1/system")).GetProperty("installation").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_process is { HasExited: false })
        {
            try
            {
                await StopAsync();
            }
            catch (TimeoutException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process?.Dispose();
        var installation = Path.Combine(DataDirectory, "installation");
        if (File.Exists(installation))
        {
            await Engine.ForgetAsync((await File.ReadAllTextAsync(installation)).Trim());
        }

        Directory.Delete(DataDirectory, recursive: true);
    }

    private ProcessStartInfo StartInfo(IEnumerable<string> words)
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "LabOrchestrator.Server", "debug", "LabOrchestrator.Server"));
        var start = new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in _settings)
        {
            start.Environment[$"LABORCHESTRATOR_{key}"] = value;
        }

        return start;
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await Http.GetAsync("/healthz/ready");
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _log.Enqueue(line);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
