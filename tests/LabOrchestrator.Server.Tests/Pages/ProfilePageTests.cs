using System.Net;
using System.Text.RegularExpressions;
using LabOrchestrator.Server.Tests.Gateway;
using LabOrchestrator.Server.Tests.Instances;
using LabOrchestrator.Server.Tests.Users;

namespace LabOrchestrator.Server.Tests.Pages;

public sealed partial class ProfilePageTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task A_password_changed_on_the_page_ends_other_sessions_and_open_consoles()
    {
        using var user = await server.UserAsync("careful");
        using var here = await SignedInAsync(user);
        using var elsewhere = await SignedInAsync(user);
        var address = await user.StartAsync(await server.LabAsync("careful"));
        await user.Client.WaitAsync(address, "Running");
        using var console = await user.OpenAsync(server, $"{address}/machines/shell/consoles/terminal/tickets", "interact");

        (await PostAsync(here, "/profile/password", ("current", ServerFixture.UserPassword), ("new", "another password"))).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await console.WaitForCloseAsync()).ShouldBe((4002, "signed-out"));
        (await here.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.OK);
        (await elsewhere.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_password_that_nobody_could_sign_in_with_is_refused_and_a_wrong_one_slowed_down()
    {
        using var user = await server.UserAsync("hasty");
        using var client = await SignedInAsync(user);

        (await PostAsync(client, "/profile/password", ("current", ServerFixture.UserPassword), ("new", new string('x', 250) + "1234567")))
            .StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await client.SendAsync(SessionTests.SignIn(user.Name, ServerFixture.UserPassword)).StatusAsync()).ShouldBe(HttpStatusCode.OK);
        var statuses = new List<HttpStatusCode>();
        for (var attempt = 0; attempt < 8; attempt++)
        {
            statuses.Add((await PostAsync(client, "/profile/password", ("current", $"guess {attempt}"), ("new", "another password"))).StatusCode);
        }

        statuses[0].ShouldBe(HttpStatusCode.BadRequest);
        statuses[^1].ShouldBe(HttpStatusCode.TooManyRequests);
    }

    private async Task<HttpClient> SignedInAsync(TestUser user)
    {
        var client = server.Client();
        await client.SendAsync(SessionTests.SignIn(user.Name, ServerFixture.UserPassword)).JsonAsync();
        return client;
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string address, params (string Key, string Value)[] fields)
    {
        var page = await client.GetStringAsync("/profile");
        var proof = ForgeryToken().Match(page).Groups["value"].Value;
        proof.ShouldNotBeEmpty(page);
        return await client.PostAsync(
            address,
            new FormUrlEncodedContent(
                [KeyValuePair.Create("__RequestVerificationToken", proof), .. fields.Select(f => KeyValuePair.Create(f.Key, f.Value))]));
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<value>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex ForgeryToken();
}
