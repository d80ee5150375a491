using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using LabOrchestrator.Server.Tests.Gateway;

namespace LabOrchestrator.Server.Tests.PrototypeApi;

public sealed class PrototypeTokenTests(PrototypeFixture prototype) : IClassFixture<PrototypeFixture>
{
    [Fact]
    public async Task A_token_works_on_these_routes_alone_and_makes_no_tokens()
    {
        using var somebody = await prototype.ClientAsync();
        var token = await TokenAsync(somebody);
        using var byToken = prototype.ClientOf(token, "unused");
        using var bearer = prototype.Server.Client();
        bearer.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        (await byToken.GetAsync("/lab_instance").StatusAsync()).ShouldBe(HttpStatusCode.OK);
        await byToken.GetAsync("/api/token").ProblemAsync(HttpStatusCode.Forbidden);
        (await bearer.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
        (await byToken.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
        (await byToken.PostAsync("/api/v1/tokens", null).StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Personal_tokens_and_sessions_do_not_work_here()
    {
        using var user = await prototype.Server.UserAsync("modern");
        var secret = user.Client.DefaultRequestHeaders.Authorization!.Parameter!;
        using var asName = prototype.ClientOf(secret, "unused");
        using var session = prototype.Server.Client();
        await session.PostAsJsonAsync("/api/v1/session", new { name = user.Name, password = ServerFixture.UserPassword }).JsonAsync();

        await user.Client.GetAsync("/lab_instance").ProblemAsync(HttpStatusCode.Unauthorized);
        await asName.GetAsync("/lab_instance").ProblemAsync(HttpStatusCode.Unauthorized);
        await session.GetAsync("/lab_instance").ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Who_is_nobody_is_told_how_to_sign_in()
    {
        using var nobody = prototype.Server.Client();
        using var answer = await nobody.GetAsync("/docker_image");

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.ShouldHaveSingleItem().Scheme.ShouldBe("Basic");
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task Guessing_is_slowed_down_here_too()
    {
        await using var server = await ServerFixture.StartAsync();
        using var guesser = server.Client();
        guesser.DefaultRequestHeaders.Authorization = ServerFixture.Basic(ServerFixture.AdminName, "guess");
        var statuses = new List<HttpStatusCode>();
        for (var guess = 0; guess < 7; guess++)
        {
            statuses.Add(await guesser.GetAsync("/lab").StatusAsync());
        }

        statuses[0].ShouldBe(HttpStatusCode.Unauthorized);
        statuses.ShouldContain(HttpStatusCode.TooManyRequests);
        (await guesser.GetAsync("/lab").ProblemAsync(HttpStatusCode.TooManyRequests)).GetProperty("detail").GetString()!.ShouldContain("seconds");
    }

    [Fact]
    public async Task A_token_opens_the_screen_for_600_seconds_and_a_wrong_one_never()
    {
        var time = new ShiftedTime();
        await using var server = await ServerFixture.StartAsync(change: b => b.Services.AddSingleton<TimeProvider>(time));
        using var admin = server.Client();
        admin.DefaultRequestHeaders.Authorization = ServerFixture.Basic(ServerFixture.AdminName, ServerFixture.AdminPassword);
        var token = await TokenAsync(admin);

        // There is no instance 4711: who gets as far as to be told so was let in.
        time.Advance(TimeSpan.FromSeconds(590));
        (await PrototypeEndpointsTests.OpenAsync(server, $"/4711/{token}")).ShouldBe(HttpStatusCode.NotFound);
        (await PrototypeEndpointsTests.OpenAsync(server, $"/4711/{token[..^1]}")).ShouldBe(HttpStatusCode.Forbidden);
        (await PrototypeEndpointsTests.OpenAsync(server, "/4711/guess")).ShouldBe(HttpStatusCode.Forbidden);
        time.Advance(TimeSpan.FromSeconds(11));
        (await PrototypeEndpointsTests.OpenAsync(server, $"/4711/{token}")).ShouldBe(HttpStatusCode.Forbidden);
        using var byToken = server.Client();
        byToken.DefaultRequestHeaders.Authorization = ServerFixture.Basic(token, "unused");
        (await byToken.GetAsync("/lab").StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
        (await admin.GetAsync($"/4711/{token}").StatusAsync()).ShouldBe(HttpStatusCode.UpgradeRequired);
    }

    private static async Task<string> TokenAsync(HttpClient client)
    {
        JsonElement answer = await client.GetAsync("/api/token").JsonAsync();
        return answer.GetProperty("token").GetString()!;
    }
}
