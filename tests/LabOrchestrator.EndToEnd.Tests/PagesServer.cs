using System.Net;
using System.Net.Http.Json;

namespace LabOrchestrator.EndToEnd;

/// <summary>A server on the runtime in memory for tests that change nothing but what is a user's own.</summary>
public sealed class PagesServer : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-e2e-").FullName;
    private int _users;

    internal ServerProcess Server { get; private set; } = null!;

    internal Uri Address => Server.Address;

    /// <summary>Where the server reads how far the images are that are built behind it.</summary>
    internal string ImagesFile => Path.Combine(_folder, "images.json");

    public async ValueTask InitializeAsync() =>
        Server = await ServerProcess.StartAsync("memory", new Dictionary<string, string> { ["Images__StateFile"] = ImagesFile });

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Makes a user whose labs are no other test's, with the password of all; returns the name.</summary>
    internal async Task<string> NewUserAsync()
    {
        var name = $"user{Interlocked.Increment(ref _users)}";
        using var admin = await Server.SignInAsync();
        (await admin.PostAsJsonAsync("/api/v1/users", new { name, password = ServerProcess.Password })).StatusCode.ShouldBe(HttpStatusCode.Created);
        return name;
    }
}
