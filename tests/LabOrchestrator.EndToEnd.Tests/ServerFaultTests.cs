using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace LabOrchestrator.EndToEnd;

/// <summary>What remains when the server dies.</summary>
[Trait("Category", "Engine")]
public sealed class ServerFaultTests
{
    [Fact]
    public async Task Ten_labs_whose_server_is_killed_while_it_starts_them_all_run_or_fail_after_its_restart_and_nothing_is_left_over()
    {
        await using var server = await ServerProcess.StartAsync("docker", new() { ["Limits__InstancesPerUser"] = "20" });
        using var admin = await server.SignInAsync();
        var lab = (await ItemsAsync(admin, "/api/v1/labs")).First(l => l.GetProperty("name").GetString() == "first-steps").GetProperty("id").GetInt64();
        var clients = new List<HttpClient>();
        foreach (var n in Enumerable.Range(1, 10))
        {
            (await admin.PostAsJsonAsync("/api/v1/users", new { name = $"user{n}", password = "correct-horse-8" })).StatusCode.ShouldBe(HttpStatusCode.Created);
            clients.Add(await server.SignInAsync($"user{n}", "correct-horse-8"));
        }

        var starts = await Task.WhenAll(clients.Select(c => c.PostAsJsonAsync("/api/v1/instances", new { labId = lab })));
        starts.ShouldAllBe(s => s.StatusCode == HttpStatusCode.Accepted);
        await server.KillAsync();
        await server.LaunchAsync();

        List<JsonElement> all = [];
        await Wait.UntilAsync(
            async () => (all = await ItemsAsync(admin, "/api/v1/instances?all=true&ended=true")).Count == 10 && all.All(i => PhaseOf(i) is "Running" or "Failed"),
            TimeSpan.FromMinutes(5),
            () => string.Join(", ", all.Select(i => i.ToString())));
        all.Where(i => PhaseOf(i) == "Failed").ShouldAllBe(i => i.GetProperty("reason").GetString()!.Length > 0);

        var stopped = 0;
        foreach (var client in clients)
        {
            foreach (var live in await ItemsAsync(client, "/api/v1/instances"))
            {
                (await client.DeleteAsync($"/api/v1/instances/{live.GetProperty("id").GetInt64()}")).StatusCode.ShouldBe(HttpStatusCode.Accepted);
                stopped++;
            }
        }

        stopped.ShouldBe(all.Count(i => PhaseOf(i) == "Running"));
        await Engine.HoldsNothingOfAsync(await server.InstallationAsync());
        clients.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task Ctrl_C_ends_server_and_database_within_five_seconds_and_the_next_start_takes_less_than_fifteen()
    {
        var started = TimeProvider.System.GetTimestamp();
        await using var server = await ServerProcess.StartAsync("memory");
        var withNewDatabase = TimeProvider.System.GetElapsedTime(started);

        // On a machine with much else to do, no longer than the start that made the database.
        (await server.StopAsync()).ShouldBeLessThan(AtLeast(TimeSpan.FromSeconds(5)));
        File.Exists(Path.Combine(server.DataDirectory, "postgres", "postmaster.pid")).ShouldBeFalse();

        started = TimeProvider.System.GetTimestamp();
        await server.LaunchAsync();
        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(AtLeast(TimeSpan.FromSeconds(15)));

        TimeSpan AtLeast(TimeSpan limit) => withNewDatabase > limit ? withNewDatabase : limit;
    }

    private static string? PhaseOf(JsonElement instance) => instance.GetProperty("phase").GetString();

    private static async Task<List<JsonElement>> ItemsAsync(HttpClient client, string path)
    {
        var answer = await client.GetFromJsonAsync<JsonElement>(path);
        return [.. (answer.ValueKind == JsonValueKind.Array ? answer : answer.GetProperty("items")).EnumerateArray()];
    }
}
