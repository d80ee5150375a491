using System.Net;

namespace LabOrchestrator.Server.Tests.WebPorts;

/// <summary>Web ports where there is no domain for hosts of their own.</summary>
public sealed class WebPathTests(WebPathTests.Domainless fixture) : IClassFixture<WebPathTests.Domainless>
{
    private readonly ServerFixture _server = fixture.Server;

    [Fact]
    public async Task A_ticket_becomes_a_path_whose_answers_are_locked_in()
    {
        await using var site = await MachineSite.ServeAsync(_server, app => app.MapGet("/hostile", (HttpResponse response) =>
        {
            response.Headers.SetCookie = "lab-session=x; Path=/";
            response.Headers["Clear-Site-Data"] = "\"cookies\"";
            response.Headers.WWWAuthenticate = "Basic realm=\"us\"";
            response.Headers["Service-Worker-Allowed"] = "/";
            response.Headers.AccessControlAllowOrigin = "https://evil.example";
            response.Headers["Referrer-Policy"] = "unsafe-url";
            response.Headers["Content-Security-Policy"] = "script-src 'self'";
            return "done";
        }));
        using var user = await _server.UserAsync("learner");
        var instance = await WebBrowser.StartLabAsync(_server, user, "path-answers");
        using var browser = new WebBrowser(_server, _server.Address.Authority, null);
        var root = await OpenAsync(browser, user, instance);
        root.ShouldStartWith($"/apps/{instance.Split('/')[^1]}/shell/8080/");

        using var answer = await browser.SendAsync(HttpMethod.Get, root + "hostile");

        (await answer.Content.ReadAsStringAsync()).ShouldBe("done");
        answer.Headers.GetValues("Content-Security-Policy").ShouldContain(p => p.StartsWith("sandbox ") && !p.Contains("allow-same-origin") && !p.Contains("top-navigation"));
        answer.Headers.GetValues("Content-Security-Policy").ShouldContain("script-src 'self'");
        answer.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
        foreach (var name in new[] { "Set-Cookie", "Clear-Site-Data", "WWW-Authenticate", "Service-Worker-Allowed" })
        {
            answer.Headers.Contains(name).ShouldBeFalse(name);
        }

        (await browser.SendAsync(HttpMethod.Get, root + "not-there").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
        using var bare = await browser.SendAsync(HttpMethod.Get, root.TrimEnd('/') + "?x=1");
        bare.Headers.Location!.ToString().ShouldBe(root + "?x=1");
    }

    [Fact]
    public async Task The_machine_learns_neither_cookies_nor_the_secret_and_is_told_its_path()
    {
        await using var site = await MachineSite.ServeAsync(_server);
        using var user = await _server.UserAsync("learner");
        using var browser = new WebBrowser(_server, _server.Address.Authority, null);
        var root = await OpenAsync(browser, user, await WebBrowser.StartLabAsync(_server, user, "path-secrets"));

        var seen = await browser.SendAsync(
            HttpMethod.Get, root + "headers", ("Cookie", "lab-session=a; x=1"), ("Authorization", "Basic dXM6cGFzc3dvcmQ="), ("Origin", "null"),
            ("Referer", _server.Address + root[1..])).JsonAsync();

        seen.GetProperty("x-forwarded-prefix").GetString().ShouldBe(root.TrimEnd('/'));
        foreach (var name in new[] { "cookie", "authorization", "origin", "referer" })
        {
            seen.TryGetProperty(name, out _).ShouldBeFalse(name);
        }
    }

    [Fact]
    public async Task Our_own_pages_take_no_script_from_a_machine()
    {
        await using var site = await MachineSite.ServeAsync(_server);
        using var user = await _server.UserAsync("learner");
        using var browser = new WebBrowser(_server, _server.Address.Authority, null);
        var root = await OpenAsync(browser, user, await WebBrowser.StartLabAsync(_server, user, "path-scripts"));

        (await browser.SendAsync(HttpMethod.Get, root, ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "no-cors")).StatusAsync()).ShouldBe(HttpStatusCode.Forbidden);
        (await browser.SendAsync(HttpMethod.Get, root, ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "navigate")).StatusAsync()).ShouldBe(HttpStatusCode.OK);
        (await browser.SendAsync(HttpMethod.Get, root, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "cors")).StatusAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_page_that_is_locked_in_may_ask_its_own_machine_with_headers_of_its_choice()
    {
        await using var site = await MachineSite.ServeAsync(_server);
        using var user = await _server.UserAsync("learner");
        using var browser = new WebBrowser(_server, _server.Address.Authority, null);
        var root = await OpenAsync(browser, user, await WebBrowser.StartLabAsync(_server, user, "path-preflight"));

        using var asked = await browser.SendAsync(
            HttpMethod.Options, root + "headers", ("Origin", "null"), ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-own"));

        asked.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        asked.Headers.GetValues("Access-Control-Allow-Methods").ShouldBe(["PUT"]);
        asked.Headers.GetValues("Access-Control-Allow-Headers").ShouldBe(["x-own"]);
    }

    [Fact]
    public async Task Redirections_get_the_prefix()
    {
        await using var site = await MachineSite.ServeAsync(_server, app => app.MapGet("/away", (string to, HttpResponse response) =>
        {
            response.Headers.Location = to;
            response.StatusCode = 302;
        }));
        using var user = await _server.UserAsync("learner");
        using var browser = new WebBrowser(_server, _server.Address.Authority, null);
        var root = await OpenAsync(browser, user, await WebBrowser.StartLabAsync(_server, user, "path-redirects"));

        async Task<string> LedToAsync(string to)
        {
            using var answer = await browser.SendAsync(HttpMethod.Get, root + "away?to=" + Uri.EscapeDataString(to));
            return answer.Headers.GetValues("Location").Single();
        }

        (await LedToAsync("/login?x=1")).ShouldBe(root + "login?x=1");
        (await LedToAsync("login")).ShouldBe("login");
        (await LedToAsync("http://shell:8080/login")).ShouldBe(root + "login");
        (await LedToAsync(root + "there")).ShouldBe(root + "there");
        (await LedToAsync($"http://{browser.Host}/api/v1/users")).ShouldBe(root + "api/v1/users");
        (await LedToAsync("//elsewhere.example/x")).ShouldBe("//elsewhere.example/x");
    }

    [Fact]
    public async Task A_wrong_secret_opens_nothing()
    {
        await using var site = await MachineSite.ServeAsync(_server);
        using var user = await _server.UserAsync("learner");
        using var browser = new WebBrowser(_server, _server.Address.Authority, null);
        var root = await OpenAsync(browser, user, await WebBrowser.StartLabAsync(_server, user, "path-wrong"));
        var wrong = string.Join('/', root.Split('/')[..^2]) + "/" + new string('x', 43) + "/";

        (await browser.SendAsync(HttpMethod.Get, wrong).StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
        (await browser.SendAsync(HttpMethod.Get, root.Replace("/shell/", "/screen/", StringComparison.Ordinal)).StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
        (await browser.SendAsync(HttpMethod.Get, root.Replace("/8080/", "/22/", StringComparison.Ordinal)).StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
        (await browser.SendAsync(HttpMethod.Get, "/apps/").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
    }

    private static async Task<string> OpenAsync(WebBrowser browser, TestUser user, string instance)
    {
        var address = (await WebBrowser.TicketAsync(user, instance)).GetProperty("address").GetString()!;
        address.ShouldStartWith("/apps/open?ticket=");
        using var opened = await browser.SendAsync(HttpMethod.Get, address);
        opened.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        opened.Headers.Contains("Set-Cookie").ShouldBeFalse();
        return opened.Headers.Location!.ToString();
    }

    /// <summary>A server without a domain for web ports.</summary>
    public sealed class Domainless : IAsyncLifetime
    {
        public ServerFixture Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Server = await ServerFixture.StartAsync([KeyValuePair.Create<string, string?>("Apps__Domain", "")]);

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
