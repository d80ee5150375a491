using System.Net;

namespace LabOrchestrator.Server.Tests.Users;

public sealed class SessionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Signing_in_sets_a_cookie_that_scripts_cannot_read_and_signing_out_ends_it()
    {
        using var client = server.Client();

        using var answer = await client.SendAsync(SignIn(ServerFixture.AdminName, ServerFixture.AdminPassword));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        cookie.ShouldContain("httponly", Case.Insensitive);
        cookie.ShouldContain("samesite=lax", Case.Insensitive);
        cookie.ShouldNotContain("expires", Case.Insensitive);
        (await client.GetAsync("/api/v1/users/me").JsonAsync()).GetProperty("name").GetString().ShouldBe(ServerFixture.AdminName);

        (await client.SendAsync(FromThisHost(HttpMethod.Delete, "/api/v1/session")).StatusAsync()).ShouldBe(HttpStatusCode.NoContent);

        await client.GetAsync("/api/v1/users/me").ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_get_the_same_answer()
    {
        using var client = server.Client();

        var wrong = await client.SendAsync(SignIn(ServerFixture.AdminName, "not the password")).ProblemAsync(HttpStatusCode.Unauthorized);
        var unknown = await client.SendAsync(SignIn("nobody-here", "not the password")).ProblemAsync(HttpStatusCode.Unauthorized);

        wrong.GetProperty("detail").GetString().ShouldBe(unknown.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_sign_in_without_a_password_or_with_an_unknown_member_names_the_field()
    {
        using var client = server.Client();

        (await client.PostAsJsonAsync("/api/v1/session", new { name = "x" }).WrongFieldsAsync()).ShouldBe(["password"]);
        (await client.PostAsJsonAsync("/api/v1/session", new { name = "x", password = "y", remember = true }).WrongFieldsAsync()).ShouldBe(["remember"]);
        (await client.PostAsync("/api/v1/session", new StringContent("{", null, "application/json")).StatusAsync()).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example", false)]
    [InlineData("Origin", "null", false)]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Sec-Fetch-Site", "same-site", false)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Origin", null, false)]
    public async Task A_session_changes_things_only_for_pages_of_this_host(string header, string? value, bool works)
    {
        using var client = server.Client();
        await client.SendAsync(SignIn(ServerFixture.AdminName, ServerFixture.AdminPassword)).JsonAsync();
        using var request = new HttpRequestMessage(HttpMethod.Patch, "/api/v1/users/me") { Content = JsonContent.Create(new { displayName = "Root" }) };
        if (value is not null)
        {
            request.Headers.Add(header, value);
        }

        (await client.SendAsync(request).StatusAsync()).ShouldBe(works ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        (await client.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("same-site", "cors", "empty", false)]
    [InlineData("cross-site", "no-cors", "script", false)]
    [InlineData("same-site", "navigate", "iframe", false)]
    [InlineData("same-site", "navigate", "document", true)]
    [InlineData("same-origin", "cors", "empty", true)]
    [InlineData("none", "navigate", "document", true)]
    public async Task A_session_is_read_by_pages_of_this_host_and_by_people(string site, string mode, string destination, bool works)
    {
        using var client = server.Client();
        await client.SendAsync(SignIn(ServerFixture.AdminName, ServerFixture.AdminPassword)).JsonAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/users/me")
        {
            Headers = { { "Sec-Fetch-Site", site }, { "Sec-Fetch-Mode", mode }, { "Sec-Fetch-Dest", destination } },
        };

        (await client.SendAsync(request).StatusAsync()).ShouldBe(works ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_new_password_ends_all_other_sessions_and_a_closed_account_every_one()
    {
        using var user = await server.UserAsync("several");
        using var here = server.Client();
        using var elsewhere = server.Client();
        await here.SendAsync(SignIn(user.Name, ServerFixture.UserPassword)).JsonAsync();
        await elsewhere.SendAsync(SignIn(user.Name, ServerFixture.UserPassword)).JsonAsync();

        var change = FromThisHost(HttpMethod.Put, "/api/v1/users/me/password");
        change.Content = JsonContent.Create(new { current = ServerFixture.UserPassword, @new = "another password" });
        (await here.SendAsync(change).StatusAsync()).ShouldBe(HttpStatusCode.NoContent);

        (await here.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.OK);
        (await elsewhere.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
        using var admin = await server.AdminAsync();
        await admin.PatchAsJsonAsync($"/api/v1/users/{user.Id}", new { isClosed = true }).JsonAsync();
        (await here.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
        (await user.Client.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
        (await here.SendAsync(SignIn(user.Name, "another password")).StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Sessions_outlive_the_server()
    {
        await using var own = await ServerFixture.StartAsync();
        using var client = own.Client();
        using var signedIn = await client.SendAsync(SignIn(ServerFixture.AdminName, ServerFixture.AdminPassword));
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        await own.RestartAsync();

        using var after = own.Client();
        after.DefaultRequestHeaders.Add("Cookie", cookie);
        (await after.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.OK);
    }

    internal static HttpRequestMessage SignIn(string name, string password)
    {
        var request = FromThisHost(HttpMethod.Post, "/api/v1/session");
        request.Content = JsonContent.Create(new { name, password });
        return request;
    }

    private static HttpRequestMessage FromThisHost(HttpMethod method, string path) =>
        new(method, path) { Headers = { { "Sec-Fetch-Site", "same-origin" } } };
}
