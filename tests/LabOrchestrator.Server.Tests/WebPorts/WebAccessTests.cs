using System.Net;
using System.Net.WebSockets;
using LabOrchestrator.Conformance;
using LabOrchestrator.Server.Tests.Instances;

namespace LabOrchestrator.Server.Tests.WebPorts;

/// <summary>Who may open a web port, and until when.</summary>
public sealed class WebAccessTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly (string, string) Html = ("Accept", "text/html,*/*;q=0.8");

    [Fact]
    public async Task A_port_that_the_lab_does_not_declare_is_not_reached()
    {
        await using var site = await MachineSite.ServeAsync(server);
        site.ListenIn(server, "shell", 22);
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-undeclared"));
        using var other = new WebBrowser(server, browser.Host.Replace("8080--", "22--", StringComparison.Ordinal), browser.Cookie);
        using var elsewhere = new WebBrowser(server, browser.Host.Replace("shell--", "screen--", StringComparison.Ordinal), browser.Cookie);
        using var nothing = new WebBrowser(server, browser.Host.Replace("8080--", "x", StringComparison.Ordinal), browser.Cookie);

        (await other.SendAsync(HttpMethod.Get, "/").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
        (await elsewhere.SendAsync(HttpMethod.Get, "/").StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
        (await nothing.SendAsync(HttpMethod.Get, "/").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("sign-out", HttpStatusCode.Unauthorized)]
    [InlineData("token", HttpStatusCode.Unauthorized)]
    [InlineData("member", HttpStatusCode.Forbidden)]
    [InlineData("observer", HttpStatusCode.Forbidden)]
    [InlineData("close", HttpStatusCode.Unauthorized)]
    [InlineData("stop", HttpStatusCode.ServiceUnavailable)]
    public async Task Access_ends_at_once_with_the_right_to_it(string how, HttpStatusCode expected)
    {
        await using var site = await MachineSite.ServeAsync(server);
        using var owner = await server.UserAsync("owner");
        using var guest = await server.UserAsync("guest");
        using var admin = await server.AdminAsync();
        var instance = await WebBrowser.StartLabAsync(server, owner, $"web-end-{how}");
        await owner.Client.PostAsJsonAsync($"{instance}/members", new { name = guest.Name, role = "Member" }).JsonAsync(HttpStatusCode.Accepted);
        using var browser = await WebBrowser.OpenAsync(server, guest, instance);
        (await browser.SendAsync(HttpMethod.Get, "/").StatusAsync()).ShouldBe(HttpStatusCode.OK);
        using var socket = await browser.ConnectAsync($"http://{browser.Host}");

        switch (how)
        {
            case "sign-out":
                using (var session = server.Client())
                {
                    session.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
                    await session.PostAsJsonAsync("/api/v1/session", new { name = guest.Name, password = ServerFixture.UserPassword }).JsonAsync();
                    await session.DeleteAsync("/api/v1/session").JsonAsync(HttpStatusCode.NoContent);
                }

                break;
            case "token":
                var tokens = await guest.Client.GetAsync("/api/v1/tokens").JsonAsync();
                await guest.Client.DeleteAsync($"/api/v1/tokens/{tokens[0].GetProperty("id")}").JsonAsync(HttpStatusCode.NoContent);
                break;
            case "member":
                await owner.Client.DeleteAsync($"{instance}/members/{guest.Id}").JsonAsync(HttpStatusCode.Accepted);
                break;
            case "observer":
                await owner.Client.PostAsJsonAsync($"{instance}/members", new { name = guest.Name, role = "Observer" }).JsonAsync(HttpStatusCode.Accepted);
                break;
            case "close":
                await admin.PatchAsJsonAsync($"/api/v1/users/{guest.Id}", new { isClosed = true }).JsonAsync();
                break;
            default:
                await owner.Client.DeleteAsync(instance).JsonAsync(HttpStatusCode.Accepted);
                break;
        }

        // A machine that is ending may still be asked for its port, and no longer open it.
        HttpStatusCode[] instead = how == "stop" ? [HttpStatusCode.BadGateway] : [];
        (await browser.SendAsync(HttpMethod.Get, "/").StatusAsync()).ShouldBeOneOf([expected, .. instead]);
        using var limit = Eventually.Limit();
        await Should.ThrowAsync<WebSocketException>(socket.ReceiveAsync(new byte[10], limit.Token));
    }

    [Fact]
    public async Task Who_may_only_watch_gets_no_ticket()
    {
        using var owner = await server.UserAsync("owner");
        using var guest = await server.UserAsync("guest");
        var instance = await WebBrowser.StartLabAsync(server, owner, "web-observers");
        await owner.Client.PostAsJsonAsync($"{instance}/members", new { name = guest.Name, role = "Observer" }).JsonAsync(HttpStatusCode.Accepted);
        var tickets = $"{instance}/machines/shell/consoles/shop/tickets";

        await guest.Client.PostAsync(tickets, null).ProblemAsync(HttpStatusCode.Forbidden);
        await guest.Client.PostAsJsonAsync(tickets, new { mode = "view" }).ProblemAsync(HttpStatusCode.Forbidden);
        await owner.Client.PostAsJsonAsync(tickets, new { mode = "view" }).ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task What_is_not_there_yet_says_so_on_a_page_that_tries_again_by_itself()
    {
        using var user = await server.UserAsync("learner");
        server.Services.GetRequiredService<LabOrchestrator.Runtimes.InMemory.InMemoryLabRuntime>().Ports.Listen("shell", 8080, null);
        var instance = await WebBrowser.StartLabAsync(server, user, "web-early");
        using var browser = await WebBrowser.OpenAsync(server, user, instance);

        using var page = await browser.SendAsync(HttpMethod.Get, "/", Html);
        page.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        var text = await page.Content.ReadAsStringAsync();
        text.ShouldContain("Nothing listens on port 8080 of the machine &quot;shell&quot; yet.");
        text.ShouldContain("<meta http-equiv=\"refresh\" content=\"3\">");
        var problem = await browser.SendAsync(HttpMethod.Get, "/").ProblemAsync(HttpStatusCode.BadGateway);
        problem.GetProperty("detail").GetString()!.ShouldStartWith("Nothing listens on port 8080");

        await user.Client.PostAsync($"{instance}/machines/shell/power-off", null).JsonAsync(HttpStatusCode.Accepted);
        await user.Client.WaitForAsync(instance, i => i.GetProperty("machines")[0].GetProperty("phase").GetString() == "PoweredOff");
        await Task.Delay(TimeSpan.FromSeconds(2.1), TimeProvider.System);
        problem = await browser.SendAsync(HttpMethod.Get, "/").ProblemAsync(HttpStatusCode.ServiceUnavailable);
        problem.GetProperty("detail").GetString().ShouldBe("The machine \"shell\" is powered off. Power it on first.");
    }
}
