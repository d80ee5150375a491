using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LabOrchestrator.Conformance;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Hosting;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.Tests;

/// <summary>
/// The real server in this process, on a port of its own and with a data directory and a database of its own, running labs in memory. As a class
/// fixture it serves all tests of a class; a test that needs another one starts it with <see cref="StartAsync"/>.
/// </summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly Dictionary<string, string?> _settings = new()
    {
        ["Http__Port"] = "0",
        ["Runtime__Name"] = RuntimeOptions.Memory,
        ["Admin__Name"] = AdminName,
        ["Admin__Password"] = AdminPassword,
        ["Logging__LogLevel__Default"] = "None",
        ["Logging__LogLevel__Microsoft"] = "None",
    };

    private Action<WebApplicationBuilder>? _change;
    private RunningServer? _server;
    private int _users;

    /// <summary>Name of the admin.</summary>
    public const string AdminName = "root-of-all";

    /// <summary>Password of the admin.</summary>
    public const string AdminPassword = "a long enough password";

    /// <summary>Password of the accounts that <see cref="UserAsync"/> makes.</summary>
    public const string UserPassword = "a learner's password";

    /// <summary>The data directory; deleted at the end.</summary>
    public string Folder { get; private set; } = Path.Combine(Path.GetTempPath(), $"lab-server-{Guid.NewGuid():N}");

    /// <summary>Where it is, for example <c>http://localhost:40123/</c>.</summary>
    public Uri Address => Server.Address;

    /// <summary>Its services.</summary>
    public IServiceProvider Services => Server.Services;

    private RunningServer Server => _server ?? throw new InvalidOperationException("The server does not run.");

    /// <summary>Starts a server with other settings (keys as <c>Http__Port</c>), or with other services.</summary>
    public static async Task<ServerFixture> StartAsync(
        IEnumerable<KeyValuePair<string, string?>>? settings = null, Action<WebApplicationBuilder>? change = null)
    {
        var fixture = new ServerFixture { _change = change };
        foreach (var (key, value) in settings ?? [])
        {
            fixture._settings[key] = value;
        }

        await fixture.InitializeAsync();
        return fixture;
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (!_settings.ContainsKey("Postgres__ConnectionString"))
        {
            _settings["Postgres__ConnectionString"] = await TestDatabases.NewAsync();
        }

        _settings.TryAdd("DataDirectory", Folder);
        Folder = _settings["DataDirectory"]!;
        TestFolders.Open(Folder);
        _server = await RunningServer.StartAsync(Settings.From(_settings), (s, database) => Program.Build(s, database, Change), TextWriter.Null);
    }

    // What makes guessing slow would be a fifth of all that these tests do. The servers that are processes of their own hash as ever.
    private void Change(WebApplicationBuilder builder)
    {
        builder.Services.Configure<PasswordHasherOptions>(o => o.IterationCount = 1000);
        _change?.Invoke(builder);
    }

    /// <summary>Ends the server and starts it again on the same data directory.</summary>
    public async Task RestartAsync()
    {
        await Server.DisposeAsync();
        await InitializeAsync();
    }

    /// <summary>A client without any identity; it follows no redirects and keeps its cookies.</summary>
    public HttpClient Client() => new(Handler(), disposeHandler: true) { BaseAddress = Address };

    /// <summary>Connects without following redirects, and takes the certificates that servers make themselves.</summary>
    public static SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false,
        SslOptions = new System.Net.Security.SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = static (_, made, _, _) => made?.Subject.Contains("Lab Orchestrator", StringComparison.Ordinal) == true,
        },
    };

    /// <summary>A client that is the admin, by a personal token.</summary>
    public Task<HttpClient> AdminAsync() => TokenClientAsync(AdminName, AdminPassword);

    /// <summary>Makes an account and returns a client that is it, by a personal token.</summary>
    public async Task<TestUser> UserAsync(string name, params string[] roles)
    {
        name = $"{name}-{Interlocked.Increment(ref _users)}";
        using var admin = await AdminAsync();
        using var answer = await admin.PostAsJsonAsync("/api/v1/users", new { name, password = UserPassword, roles });
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetInt64();
        return new TestUser(id, name, await TokenClientAsync(name, UserPassword));
    }

    /// <summary>A client that is an account, by a personal token.</summary>
    public async Task<HttpClient> TokenClientAsync(string name, string password)
    {
        var client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tokens") { Headers = { Authorization = Basic(name, password) } };
        using var answer = await client.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>Imports a lab of one container and one VM, and returns its identity.</summary>
    public async Task<long> LabAsync(string name, string more = "")
    {
        using var admin = await AdminAsync();
        var yaml = $"""
            name: {name}
            title: Title of {name}
            machines:
              - {"{"}name: shell, image: terminal{"}"}
              - {"{"}name: screen, image: tiny-vm, credentials: [{"{"}username: lab{"}"}]{"}"}
            {more}
            """;

        // Right after the start the catalogue may still be without images.
        var (status, text) = await Eventually.ShowsAsync(
            async () =>
            {
                using var answer = await admin.PostAsync("/api/v1/labs", new StringContent(yaml, null, "application/yaml"));
                return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
            },
            a => a.StatusCode != HttpStatusCode.BadRequest);
        status.ShouldBe(HttpStatusCode.Created, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("id").GetInt64();
    }

    /// <summary>The header of Basic authentication.</summary>
    public static AuthenticationHeaderValue Basic(string name, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
        }
    }
}

/// <summary>An account of a test.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">By which it signs in.</param>
/// <param name="Client">A client that is it.</param>
public sealed record TestUser(long Id, string Name, HttpClient Client) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();
}
