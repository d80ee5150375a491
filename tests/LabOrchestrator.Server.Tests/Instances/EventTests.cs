using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using LabOrchestrator.Conformance;

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
        var id = IdOf(address);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var (heardByOwner, heardByFriend, heardByOther) = (new Heard(), new Heard(), new Heard());
        Task[] listening =
        [
            ListenAsync(owner, heardByOwner, stop.Token), ListenAsync(friend, heardByFriend, stop.Token), ListenAsync(other, heardByOther, stop.Token),
        ];
        var others = await other.StartAsync(await server.LabAsync("heard-by-other"));
        await HearsAsync(heardByOther, IdOf(others), "Running");
        await HearsAsync(heardByOwner, id, "Running");

        await owner.Client.PostAsJsonAsync($"{address}/members", new { name = friend.Name, role = "member" }).JsonAsync(HttpStatusCode.Accepted);
        await HearsAsync(heardByFriend, id, "Running");
        await owner.Client.DeleteAsync($"{address}/members/{friend.Id}").JsonAsync(HttpStatusCode.Accepted);
        await Eventually.IsSoAsync(() => heardByFriend.Any(e => e.Type == "gone" && IdOf(e) == id));
        await owner.Client.DeleteAsync(address).JsonAsync(HttpStatusCode.Accepted);
        await HearsAsync(heardByOwner, id, "Stopped");

        // What they may hear came after that, so what they may not would have come.
        await other.Client.DeleteAsync(others).JsonAsync(HttpStatusCode.Accepted);
        await HearsAsync(heardByOther, IdOf(others), "Stopped");
        await HearsAsync(heardByFriend, IdOf(await friend.StartAsync(await server.LabAsync("heard-by-friend"))), "Running");
        heardByFriend.ShouldNotContain(e => IdOf(e) == id && Phase(e) == "Stopped");
        heardByOther.ShouldNotContain(e => IdOf(e) == id);
        heardByOwner.ShouldAllBe(e => !e.Data.ToString().Contains("password", StringComparison.OrdinalIgnoreCase));
        await stop.CancelAsync();
        await Task.WhenAll(listening);
    }

    [Fact]
    public async Task A_server_with_listeners_ends_within_five_seconds()
    {
        var watch = Stopwatch.StartNew();
        var own = await ServerFixture.StartAsync();
        var began = watch.Elapsed;
        using var user = await own.UserAsync("listener");
        var heard = new Heard();
        var listening = ListenAsync(user, heard, TestContext.Current.CancellationToken);
        var address = await user.StartAsync(await own.LabAsync("ends"));
        await HearsAsync(heard, IdOf(address), "Running");
        watch.Restart();

        await own.DisposeAsync();

        // On a machine with much else to do, no longer than it began. The stream has come to its end: it was not cut off when time was up.
        var limit = TimeSpan.FromSeconds(5);
        watch.Elapsed.ShouldBeLessThan(began > limit ? began : limit);
        await listening;
    }

    [Fact]
    public async Task A_revoked_token_hears_nothing_more()
    {
        using var user = await server.UserAsync("revoked");
        var heard = new Heard();
        var listening = ListenAsync(user, heard, TestContext.Current.CancellationToken);
        var address = await user.StartAsync(await server.LabAsync("heard-no-more"));
        await HearsAsync(heard, IdOf(address), "Running");
        var token = (await user.Client.GetAsync("/api/v1/tokens").JsonAsync())[0].GetProperty("id").GetInt64();

        (await user.Client.DeleteAsync($"/api/v1/tokens/{token}").StatusAsync()).ShouldBe(HttpStatusCode.NoContent);

        await listening.WaitAsync(Eventually.Patience);
        await user.Client.GetAsync("/api/v1/events").ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Nobody_hears_nothing()
    {
        using var client = server.Client();

        await client.GetAsync("/api/v1/events").ProblemAsync(HttpStatusCode.Unauthorized);
    }

    // Until the server ends the stream, or the test has heard enough; a stream that is cut off fails the test.
    private static async Task ListenAsync(TestUser user, Heard heard, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events");
            using var answer = await user.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            answer.Content.Headers.ContentType?.MediaType.ShouldBe("text/event-stream");
            await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
            {
                heard.Enqueue((item.EventType, JsonDocument.Parse(item.Data).RootElement));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Enough.
        }
    }

    private static Task HearsAsync(Heard heard, long id, string phase) =>
        Eventually.IsSoAsync(() => heard.Any(e => IdOf(e) == id && Phase(e) == phase), $"instance {id} is heard to be {phase}");

    private static long IdOf(string address) => long.Parse(address.Split('/')[^1], CultureInfo.InvariantCulture);

    private static long? IdOf((string Type, JsonElement Data) item) => item.Type == "ping" ? null : item.Data.GetProperty("id").GetInt64();

    private static string? Phase((string Type, JsonElement Data) item) =>
        item.Type == "instance" ? item.Data.GetProperty("phase").GetString() : null;

    private sealed class Heard : ConcurrentQueue<(string Type, JsonElement Data)>;
}
