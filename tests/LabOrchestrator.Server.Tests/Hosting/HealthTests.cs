using System.Net;
using System.Text.Json;
using LabOrchestrator.Conformance;
using LabOrchestrator.Runtimes.InMemory;

namespace LabOrchestrator.Server.Tests.Hosting;

public sealed class HealthTests
{
    [Fact]
    public async Task The_server_is_ready_once_labs_can_be_started_and_later_trouble_shows_in_the_body()
    {
        await using var server = await ServerFixture.StartAsync();
        using var client = server.Client();
        await WaitForAsync(client, "ready");

        server.Services.GetRequiredService<InMemoryLabRuntime>().Faults.IsAway = true;
        var health = await WaitForAsync(client, "degraded");

        health.GetProperty("troubles")[0].GetString().ShouldBe("memory: The in-memory engine is away.");
        (await client.GetAsync("/healthz/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await client.GetStringAsync("/healthz/live")).ShouldBe("live\n");
    }

    [Fact]
    public async Task A_server_whose_engine_is_away_from_the_start_is_not_ready()
    {
        await using var server = await ServerFixture.StartAsync(change: b => b.Services.AddSingleton(p =>
        {
            var runtime = new InMemoryLabRuntime(TimeProvider.System);
            runtime.Faults.IsAway = true;
            return runtime;
        }));
        using var client = server.Client();

        using var answer = await client.GetAsync("/healthz/ready");

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString().ShouldBe("starting");
    }

    private static Task<JsonElement> WaitForAsync(HttpClient client, string status) => Eventually.ShowsAsync(
        async () =>
        {
            using var answer = await client.GetAsync("/healthz/ready");
            return await answer.Content.ReadFromJsonAsync<JsonElement>();
        },
        health => health.GetProperty("status").GetString() == status);
}
