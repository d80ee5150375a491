using System.Net;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace LabOrchestrator.Server.Tests.WebPorts;

/// <summary>A web port and its host: nothing of ours goes there, and nobody else comes in.</summary>
public sealed class WebPortTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly (string, string) Html = ("Accept", "text/html,*/*;q=0.8");

    [Fact]
    public async Task A_ticket_becomes_a_cookie_of_the_ports_own_host_once()
    {
        await using var site = await MachineSite.ServeAsync(server);
        using var user = await server.UserAsync("learner");
        var instance = await WebBrowser.StartLabAsync(server, user, "web-once");
        var address = new Uri((await WebBrowser.TicketAsync(user, instance)).GetProperty("address").GetString()!);
        address.Host.ShouldBe($"8080--shell--{instance.Split('/')[^1]}.localhost");
        address.Port.ShouldBe(server.Address.Port);
        using var stranger = new WebBrowser(server, address.Authority, null);

        using var opened = await stranger.SendAsync(HttpMethod.Get, address.PathAndQuery);

        opened.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await opened.Content.ReadAsStringAsync()).ShouldContain("<meta http-equiv=\"refresh\" content=\"0;url=/\">");
        opened.Headers.GetValues("Content-Security-Policy").Single().ShouldEndWith($"frame-ancestors {server.Address.GetLeftPart(UriPartial.Authority)}");
        var text = opened.Headers.GetValues("Set-Cookie").Single();
        var cookie = SetCookieHeaderValue.Parse(text);
        cookie.HttpOnly.ShouldBeTrue();
        cookie.Domain.HasValue.ShouldBeFalse();
        cookie.Path.ShouldBe("/");
        cookie.Secure.ShouldBeTrue("browsers take cookies in frames of another site only so, and *.localhost counts as secure");
        cookie.SameSite.ShouldBe(Microsoft.Net.Http.Headers.SameSiteMode.None);
        text.ShouldContain("Partitioned");
        using var browser = new WebBrowser(server, address.Authority, $"{cookie.Name}={cookie.Value}");
        (await (await browser.SendAsync(HttpMethod.Get, "/")).Content.ReadAsStringAsync()).ShouldContain("of the machine");
        (await stranger.SendAsync(HttpMethod.Get, address.PathAndQuery).StatusAsync()).ShouldBe(HttpStatusCode.Forbidden);
        (await stranger.SendAsync(HttpMethod.Get, "/").StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task No_cookie_or_token_of_ours_comes_to_the_machine()
    {
        await using var site = await MachineSite.ServeAsync(server);
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-secrets"));
        var token = user.Client.DefaultRequestHeaders.Authorization!.Parameter!;

        var seen = await browser.HeadersAsync(
            ("Cookie", $"{browser.Cookie}; lab-session=a; theme=dark; __Host-lab-session=b; lab-sessionC1=c; lab-antiforgery=d; __Host-lab-port=e; id=7"),
            ("Authorization", $"Bearer {token}"), ("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=203.0.113.9"), ("X-Real-IP", "203.0.113.9"));

        seen.GetProperty("cookie").GetString().ShouldBe("theme=dark; id=7");
        seen.ToString().ShouldNotContain(token);
        seen.ToString().ShouldNotContain("203.0.113.9");
        seen.ToString().ShouldNotContain(browser.Cookie!.Split('=')[1]);
        seen.GetProperty("host").GetString().ShouldBe(browser.Host);
        seen.GetProperty("x-forwarded-host").GetString().ShouldBe(browser.Host);
        seen.GetProperty("x-forwarded-proto").GetString().ShouldBe("http");
        (await browser.HeadersAsync(("Authorization", "Bearer of-the-app"))).GetProperty("authorization").GetString().ShouldBe("Bearer of-the-app");
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{token}:x"));
        (await browser.HeadersAsync(("Authorization", $"Basic {basic}"))).TryGetProperty("authorization", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task An_answer_reaches_no_further_than_its_own_host()
    {
        await using var site = await MachineSite.ServeAsync(server, app => app.MapGet("/hostile", (HttpResponse response) =>
        {
            response.Headers.SetCookie = new[] { "a=1; Domain=localhost; Path=/", "lab-session=x; Path=/", "__Host-lab-port=x", "lab-port=x" };
            response.Headers["Clear-Site-Data"] = "\"cookies\"";
            response.Headers["Strict-Transport-Security"] = "max-age=1; includeSubDomains";
            response.Headers["Alt-Svc"] = "h2=\":1\"";
            response.Headers["X-Frame-Options"] = "DENY";
            response.Headers["Content-Security-Policy"] = "script-src 'self'; frame-ancestors 'none'";
            return "done";
        }));
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-answers"));

        using var answer = await browser.SendAsync(HttpMethod.Get, "/hostile");

        answer.Headers.GetValues("Set-Cookie").ShouldBe(["a=1; Path=/; Secure; SameSite=None; Partitioned"]);
        foreach (var name in new[] { "Clear-Site-Data", "Strict-Transport-Security", "Alt-Svc", "X-Frame-Options" })
        {
            answer.Headers.Contains(name).ShouldBeFalse(name);
        }

        answer.Headers.GetValues("Content-Security-Policy").ShouldBe(
            ["script-src 'self'", $"frame-ancestors 'self' {server.Address.GetLeftPart(UriPartial.Authority)}"]);
    }

    [Theory]
    [InlineData("GET", "same-origin", "cors", HttpStatusCode.OK)]
    [InlineData("GET", "none", "navigate", HttpStatusCode.OK)]
    [InlineData("GET", "same-site", "cors", HttpStatusCode.Forbidden)]
    [InlineData("GET", "cross-site", "no-cors", HttpStatusCode.Forbidden)]
    [InlineData("GET", "same-site", "navigate", HttpStatusCode.Forbidden)]
    [InlineData("POST", "same-site", "navigate", HttpStatusCode.Forbidden)]
    public async Task Only_the_ports_own_pages_use_its_cookie(string method, string site, string mode, HttpStatusCode expected)
    {
        await using var machine = await MachineSite.ServeAsync(server);
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, $"web-{method}-{site}-{mode}".ToLowerInvariant()));

        using var answer = await browser.SendAsync(new HttpMethod(method), "/target/x", ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), Html);

        answer.StatusCode.ShouldBe(expected);
        if (method == "GET" && mode == "navigate" && expected == HttpStatusCode.Forbidden)
        {
            (await answer.Content.ReadAsStringAsync()).ShouldContain("<a href=\"/target/x\">Continue</a>");
        }
    }

    [Fact]
    public async Task Without_fetch_metadata_the_origin_decides()
    {
        await using var machine = await MachineSite.ServeAsync(server);
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-origin"));

        (await browser.SendAsync(HttpMethod.Post, "/target/x", ("Origin", "http://80--evil--1.localhost")).StatusAsync()).ShouldBe(HttpStatusCode.Forbidden);
        (await browser.SendAsync(HttpMethod.Post, "/target/x", ("Origin", "null")).StatusAsync()).ShouldBe(HttpStatusCode.Forbidden);
        (await browser.SendAsync(HttpMethod.Post, "/target/x", ("Origin", $"http://{browser.Host}")).StatusAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_API_is_not_on_a_machines_host_and_the_machine_is_not_on_ours()
    {
        await using var site = await MachineSite.ServeAsync(server);
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-apart"));
        var token = $"{user.Client.DefaultRequestHeaders.Authorization}";

        (await browser.SendAsync(HttpMethod.Get, "/api/v1/users/me", ("Authorization", token)).StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
        (await browser.SendAsync(HttpMethod.Get, "/healthz/ready").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
        using var ours = new WebBrowser(server, server.Address.Authority, browser.Cookie);
        (await ours.SendAsync(HttpMethod.Get, "/headers").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
        (await ours.SendAsync(HttpMethod.Get, "/apps/1/shell/8080/x/").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
    }
}
