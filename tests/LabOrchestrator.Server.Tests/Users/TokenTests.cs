using System.Net;
using System.Net.Http.Headers;
using LabOrchestrator.Server.Tests.Gateway;
using LabOrchestrator.Server.Tests.Instances;

namespace LabOrchestrator.Server.Tests.Users;

public sealed class TokenTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Basic_authentication_gets_a_token_that_works_until_it_is_revoked()
    {
        using var user = await server.UserAsync("programmer");
        using var client = server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tokens")
        {
            Headers = { Authorization = ServerFixture.Basic(user.Name, ServerFixture.UserPassword) },
            Content = JsonContent.Create(new { name = "laptop", days = 2 }),
        };
        var before = TimeProvider.System.GetUtcNow();

        var made = await client.SendAsync(request).JsonAsync(HttpStatusCode.Created);

        var expires = made.GetProperty("expiresAt").GetDateTimeOffset();
        expires.ShouldBeInRange(before.AddDays(2).AddSeconds(-1), before.AddDays(2).AddMinutes(1));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", made.GetProperty("token").GetString());
        var listed = (await client.GetAsync("/api/v1/tokens").JsonAsync()).EnumerateArray().First();
        listed.GetProperty("name").GetString().ShouldBe("laptop");
        listed.TryGetProperty("token", out _).ShouldBeFalse();
        listed.GetProperty("lastUsedAt").GetDateTimeOffset().ShouldBeGreaterThanOrEqualTo(before.AddSeconds(-1));
        var address = $"/api/v1/tokens/{made.GetProperty("id").GetInt64()}";
        (await client.DeleteAsync(address).StatusAsync()).ShouldBe(HttpStatusCode.NoContent);
        (await client.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_revoked_token_takes_its_consoles_along_and_a_session_may_open_them_again()
    {
        using var user = await server.UserAsync("leaky");
        var address = await user.StartAsync(await server.LabAsync("leaky"));
        await user.Client.WaitAsync(address, "Running");
        var tickets = $"{address}/machines/shell/consoles/terminal/tickets";
        using var console = await user.OpenAsync(server, tickets, "interact");
        using var session = server.Client();
        await session.SendAsync(SessionTests.SignIn(user.Name, ServerFixture.UserPassword)).JsonAsync();
        session.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        var id = (await session.GetAsync("/api/v1/tokens").JsonAsync())[0].GetProperty("id").GetInt64();

        (await session.DeleteAsync($"/api/v1/tokens/{id}").StatusAsync()).ShouldBe(HttpStatusCode.NoContent);

        (await console.WaitForCloseAsync()).ShouldBe((4004, "token-revoked"));
        (await user.Client.PostAsync(tickets, null).StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
        using var again = await RunningInstances.OpenAsync(server, await session.PostAsync(tickets, null).JsonAsync(HttpStatusCode.Created));
    }

    [Fact]
    public async Task A_token_makes_no_tokens_and_a_token_of_somebody_else_is_not_found()
    {
        using var one = await server.UserAsync("one");
        using var other = await server.UserAsync("other");
        var id = (await one.Client.GetAsync("/api/v1/tokens").JsonAsync())[0].GetProperty("id").GetInt64();

        (await one.Client.PostAsync("/api/v1/tokens", null).StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
        await other.Client.DeleteAsync($"/api/v1/tokens/{id}").ProblemAsync(HttpStatusCode.NotFound);
        (await one.Client.GetAsync("/api/v1/tokens").JsonAsync()).GetArrayLength().ShouldBe(1);
    }

    [Theory]
    [InlineData("Basic", "not base64!")]
    [InlineData("Basic", "bm9jb2xvbg==")]
    [InlineData("Basic", "OnB3")]
    [InlineData("Bearer", "lab_nonsense")]
    [InlineData(null, null)]
    public async Task Nonsense_is_answered_with_401_and_how_to_sign_in(string? scheme, string? value)
    {
        using var client = server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tokens");
        if (scheme is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {value}");
        }

        using var answer = await client.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.ToString().ShouldStartWith("Basic");
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task Wrong_lifetimes_and_unknown_members_are_named()
    {
        using var client = server.Client();
        client.DefaultRequestHeaders.Authorization = ServerFixture.Basic(ServerFixture.AdminName, ServerFixture.AdminPassword);

        (await client.PostAsJsonAsync("/api/v1/tokens", new { days = 0 }).WrongFieldsAsync()).ShouldBe(["days"]);
        (await client.PostAsJsonAsync("/api/v1/tokens", new { days = "x" }).WrongFieldsAsync()).ShouldBe(["days"]);
        (await client.PostAsJsonAsync("/api/v1/tokens", new { expires = 1 }).WrongFieldsAsync()).ShouldBe(["expires"]);
    }
}
