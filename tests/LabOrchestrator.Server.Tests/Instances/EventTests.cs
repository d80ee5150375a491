using System.Diagnostics;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace LabOrchestrator.Server.Tests.Instances;

public sealed class EventTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task A_member_hears_of_each_change_until_taken_out_and_others_hear_nothing()
    {
        using var owner = await server.UserAsync("owner");
        using var friend = await server.UserAsync("friend");
        using var other = await server.UserAsync("other");
        var address = await owner.StartAsync(await server.LabAsync("heard"));
        await owner.Client.WaitAsync(address, "Running");
        var id = long.Parse(address.Split('/')[^1], System.Globalization.CultureInfo.InvariantCulture);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var heardByOwner = new List<(string Type, JsonElement Data)>();
        var heardByFriend = new List<(string Type, JsonElement Data)>();
        var heardByOther = new List<(string Type, JsonElement Data)>();
        var listening = new[]
        {
            ListenAsync(owner, heardByOwner, stop.Token), ListenAsync(friend, heardByFriend, stop.Token), ListenAsync(other, heardByOther, stop.Token),
        };
        await UntilAsync(() => heardByOwner.Any(e => Phase(e) == "Running"));

        await owner.Client.PostAsJsonAsync($"{address}/members", new { name = friend.Name, role = "member" }).JsonAsync(HttpStatusCode.Accepted);
        await UntilAsync(() => heardByFriend.Any(e => e.Type == "instance"));
        await owner.Client.DeleteAsync($"{address}/members/{friend.Id}").JsonAsync(HttpStatusCode.Accepted);
        await UntilAsync(() => heardByFriend.Any(e => e.Type == "gone" && e.Data.GetProperty("id").GetInt64() == id));
        await owner.Client.DeleteAsync(address).JsonAsync(HttpStatusCode.Accepted);
        await UntilAsync(() => heardByOwner.Any(e => Phase(e) == "Stopped"));

        heardByFriend.ShouldNotContain(e => Phase(e) == "Stopped");
        heardByOther.ShouldBeEmpty();
        heardByOwner.ShouldAllBe(e => !e.Data.ToString().Contains("password", StringComparison.OrdinalIgnoreCase));
        await stop.CancelAsync();
        await Task.WhenAll(listening);
    }

    [Fact]
    public async Task A_server_with_listeners_ends_within_five_seconds()
    {
        var own = await ServerFixture.StartAsync();
        using var user = await own.UserAsync("listener");
        var heard = new List<(string Type, JsonElement Data)>();
        var address = await user.StartAsync(await own.LabAsync("ends"));
        var listening = ListenAsync(user, heard, default);
        await UntilAsync(() => heard.Count > 0);
        var watch = Stopwatch.StartNew();

        await own.DisposeAsync();

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        await listening;
        address.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_revoked_token_hears_nothing_more()
    {
        using var user = await server.UserAsync("revoked");
        var heard = new List<(string Type, JsonElement Data)>();
        var listening = ListenAsync(user, heard, TestContext.Current.CancellationToken);
        await user.StartAsync(await server.LabAsync("heard-no-more"));
        await UntilAsync(() => heard.Count > 0);
        var token = (await user.Client.GetAsync("/api/v1/tokens").JsonAsync())[0].GetProperty("id").GetInt64();

        (await user.Client.DeleteAsync($"/api/v1/tokens/{token}").StatusAsync()).ShouldBe(HttpStatusCode.NoContent);

        await listening;
        await user.Client.GetAsync("/api/v1/events").ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Nobody_hears_nothing()
    {
        using var client = server.Client();

        await client.GetAsync("/api/v1/events").ProblemAsync(HttpStatusCode.Unauthorized);
    }

    private static async Task ListenAsync(TestUser user, List<(string Type, JsonElement Data)> heard, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events");
            using var answer = await user.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            answer.Content.Headers.ContentType?.MediaType.ShouldBe("text/event-stream");
            await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
            {
                lock (heard)
                {
                    heard.Add((item.EventType, JsonDocument.Parse(item.Data).RootElement));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // The end of the stream, from either side.
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var attempt = 0; !condition(); attempt++)
        {
            attempt.ShouldBeLessThan(1200);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static string? Phase((string Type, JsonElement Data) item) =>
        item.Type == "instance" ? item.Data.GetProperty("phase").GetString() : null;
}
