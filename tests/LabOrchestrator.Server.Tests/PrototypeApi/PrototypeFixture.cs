using System.Net;

namespace LabOrchestrator.Server.Tests.PrototypeApi;

/// <summary>A server with a lab of the prototype in it.</summary>
public sealed class PrototypeFixture : IAsyncLifetime
{
    /// <summary>Password of the accounts of <see cref="ClientAsync"/>.</summary>
    public const string Password = "secret";

    private ServerFixture? _server;
    private int _accounts;

    /// <summary>The server.</summary>
    public ServerFixture Server => _server!;

    /// <summary>A client that is the admin.</summary>
    public HttpClient Admin { get; private set; } = null!;

    /// <summary>The image.</summary>
    public long ImageId { get; private set; }

    /// <summary>The lab.</summary>
    public long LabId { get; private set; }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _server = await ServerFixture.StartAsync();
        Admin = ClientOf(ServerFixture.AdminName, ServerFixture.AdminPassword);
        ImageId = await IdAsync(Admin.PostAsync("/docker_image", Form("name=box", "description=A box", "url=lab-orchestrator/tiny-vm:1")));
        LabId = await IdAsync(Admin.PostAsync("/lab", Form(
            "name=A box", "namespace_prefix=a-box", "description=Look inside", $"docker_image_id={ImageId}", "docker_image_name=box")));
    }

    /// <summary>Makes an account and returns a client that is it.</summary>
    public async Task<HttpClient> ClientAsync()
    {
        var name = $"somebody-{Interlocked.Increment(ref _accounts)}";
        using var nobody = Server.Client();
        await nobody.PostAsync("/api/users", Form($"username={name}", $"password={Password}")).JsonAsync(HttpStatusCode.Created);
        return ClientOf(name, Password);
    }

    /// <summary>A client with Basic authentication.</summary>
    public HttpClient ClientOf(string name, string password)
    {
        var client = Server.Client();
        client.DefaultRequestHeaders.Authorization = ServerFixture.Basic(name, password);
        return client;
    }

    /// <summary>A form of fields like <c>name=value</c>.</summary>
    public static FormUrlEncodedContent Form(params string[] fields) =>
        new(fields.Select(f => f.Split('=', 2)).Select(f => KeyValuePair.Create(f[0], f[1])));

    /// <summary>The identity in an answer of 201.</summary>
    public static async Task<long> IdAsync(Task<HttpResponseMessage> answering) =>
        (await answering.JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetInt64();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Server.DisposeAsync();
    }
}
