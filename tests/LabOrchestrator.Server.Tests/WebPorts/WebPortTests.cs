using System.Net;
using System.Net.WebSockets;
using System.Text;
using LabOrchestrator.Server.Tests.Instances;
using Microsoft.Net.Http.Headers;

namespace LabOrchestrator.Server.Tests.WebPorts;

public sealed class WebPortTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly (string, string) Html = ("Accept", "text/html,*/*;q=0.8");

    [Fact]
    public async Task A_ticket_becomes_a_cookie_of_the_ports_own_host_once()
    {
        await using var site = await ServeAsync();
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
        await using var site = await ServeAsync();
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
        await using var site = await ServeAsync(app => app.MapGet("/hostile", (HttpResponse response) =>
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
        await using var machine = await ServeAsync();
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
        await using var machine = await ServeAsync();
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-origin"));

        (await browser.SendAsync(HttpMethod.Post, "/target/x", ("Origin", "http://80--evil--1.localhost")).StatusAsync()).ShouldBe(HttpStatusCode.Forbidden);
        (await browser.SendAsync(HttpMethod.Post, "/target/x", ("Origin", "null")).StatusAsync()).ShouldBe(HttpStatusCode.Forbidden);
        (await browser.SendAsync(HttpMethod.Post, "/target/x", ("Origin", $"http://{browser.Host}")).StatusAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_port_that_the_lab_does_not_declare_is_not_reached()
    {
        await using var site = await ServeAsync();
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

    [Fact]
    public async Task The_API_is_not_on_a_machines_host_and_the_machine_is_not_on_ours()
    {
        await using var site = await ServeAsync();
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-apart"));
        var token = $"{user.Client.DefaultRequestHeaders.Authorization}";

        (await browser.SendAsync(HttpMethod.Get, "/api/v1/users/me", ("Authorization", token)).StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
        (await browser.SendAsync(HttpMethod.Get, "/healthz/ready").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
        using var ours = new WebBrowser(server, server.Address.Authority, browser.Cookie);
        (await ours.SendAsync(HttpMethod.Get, "/headers").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
        (await ours.SendAsync(HttpMethod.Get, "/apps/1/shell/8080/x/").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Paths_and_queries_come_as_they_were_sent()
    {
        await using var site = await ServeAsync();
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-paths"));
        const string target = "/target/a%2Fb%20c/./d?x=%26&y=%C3%A4+z";
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri(server.Address.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));

        using var answer = await browser.SendAsync(request);

        (await answer.Content.ReadAsStringAsync()).ShouldBe(target);
    }

    [Fact]
    public async Task Bodies_stream_both_ways()
    {
        var goOn = new TaskCompletionSource();
        await using var site = await ServeAsync(app => app.MapGet("/news", async (HttpResponse response) =>
        {
            response.ContentType = "text/event-stream";
            await response.WriteAsync("data: first\n\n");
            await response.Body.FlushAsync();
            await goOn.Task;
            await response.WriteAsync("data: second\n\n");
        }));
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-streams"));

        using var answer = await browser.SendAsync(HttpMethod.Get, "/news");
        using var news = new StreamReader(await answer.Content.ReadAsStreamAsync());
        (await news.ReadLineAsync()).ShouldBe("data: first");
        goOn.SetResult();
        (await news.ReadToEndAsync()).ShouldBe("\ndata: second\n\n");

        var upload = new HttpRequestMessage(HttpMethod.Post, "/length") { Content = new StreamContent(new MemoryStream(new byte[40 << 20])) };
        using var taken = await browser.SendAsync(upload);
        (await taken.Content.ReadAsStringAsync()).ShouldBe($"{40 << 20}");
    }

    [Fact]
    public async Task Answers_without_a_body_and_methods_of_its_own_pass()
    {
        await using var site = await ServeAsync(app =>
        {
            app.MapMethods("/answer/{status:int}", ["GET", "HEAD", "PROPFIND", "DELETE"], (int status, HttpContext context) =>
            {
                context.Response.StatusCode = status;
                context.Response.Headers.ETag = "\"1\"";
                context.Response.Headers["X-Method"] = context.Request.Method;
                context.Response.Headers["X-Latin"] = "caf\u00e9";
                return status == 200 && context.Request.Method != "HEAD" ? context.Response.WriteAsync("twelve bytes") : Task.CompletedTask;
            });
        });
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-bodies"));

        foreach (var (method, status) in new[] { ("HEAD", 200), ("GET", 304), ("DELETE", 204), ("PROPFIND", 200), ("GET", 500) })
        {
            using var answer = await browser.SendAsync(new HttpMethod(method), $"/answer/{status}");
            ((int)answer.StatusCode).ShouldBe(status);
            answer.Headers.GetValues("X-Method").ShouldBe([method]);
            answer.Headers.GetValues("X-Latin").ShouldBe(["caf\u00e9"]);
            (await answer.Content.ReadAsStringAsync()).ShouldBe(method == "PROPFIND" ? "twelve bytes" : "");
        }

        (await browser.SendAsync(HttpMethod.Trace, "/answer/200").StatusAsync()).ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Over_TLS_the_cookie_is_bound_to_its_host_and_a_WebSocket_passes_over_HTTP_2()
    {
        var secure = await ServerFixture.StartAsync([KeyValuePair.Create<string, string?>("Http__SelfSigned", "true")]);
        await using var stopping = secure;
        await using var site = await MachineSite.StartAsync();
        site.ListenIn(secure, "shell", 8080);
        using var user = await secure.UserAsync("learner");
        var instance = await WebBrowser.StartLabAsync(secure, user, "web-tls");
        using var browser = await WebBrowser.OpenAsync(secure, user, instance);
        browser.Cookie.ShouldStartWith("__Host-lab-port=");
        (await browser.HeadersAsync()).GetProperty("x-forwarded-proto").GetString().ShouldBe("https");

        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.SetRequestHeader("Host", browser.Host);
        socket.Options.SetRequestHeader("Cookie", browser.Cookie);
        socket.Options.SetRequestHeader("Origin", $"https://{browser.Host}");
        using var invoker = new HttpMessageInvoker(ServerFixture.Handler());
        await socket.ConnectAsync(new UriBuilder(new Uri(secure.Address, "/socket")) { Scheme = "wss" }.Uri, invoker, default);
        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, default);
        var buffer = new byte[100];
        var heard = await socket.ReceiveAsync(buffer, default);

        Encoding.UTF8.GetString(buffer, 0, heard.Count).ShouldBe("hello");
    }

    [Fact]
    public async Task A_WebSocket_passes_from_the_ports_own_pages_only()
    {
        await using var site = await ServeAsync();
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-sockets"));

        using var socket = await ConnectAsync(browser, $"http://{browser.Host}");
        socket.SubProtocol.ShouldBe("tty");
        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, default);
        var buffer = new byte[100];
        var heard = await socket.ReceiveAsync(buffer, default);
        Encoding.UTF8.GetString(buffer, 0, heard.Count).ShouldBe("hello");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);

        (await Should.ThrowAsync<WebSocketException>(ConnectAsync(browser, "http://80--evil--1.localhost"))).Message.ShouldContain("403");
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
        await using var site = await ServeAsync();
        using var owner = await server.UserAsync("owner");
        using var guest = await server.UserAsync("guest");
        using var admin = await server.AdminAsync();
        var instance = await WebBrowser.StartLabAsync(server, owner, $"web-end-{how}");
        await owner.Client.PostAsJsonAsync($"{instance}/members", new { name = guest.Name, role = "Member" }).JsonAsync(HttpStatusCode.Accepted);
        using var browser = await WebBrowser.OpenAsync(server, guest, instance);
        (await browser.SendAsync(HttpMethod.Get, "/").StatusAsync()).ShouldBe(HttpStatusCode.OK);
        using var socket = await ConnectAsync(browser, $"http://{browser.Host}");

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
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
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

    [Fact]
    public async Task Redirections_to_the_machines_own_address_stay_on_its_host()
    {
        await using var site = await ServeAsync(app => app.MapGet("/away", (string to, HttpResponse response) =>
        {
            response.Headers.Location = to;
            response.StatusCode = 302;
        }));
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-redirects"));

        async Task<string> LedToAsync(string to)
        {
            using var answer = await browser.SendAsync(HttpMethod.Get, "/away?to=" + Uri.EscapeDataString(to));
            return answer.Headers.GetValues("Location").Single();
        }

        (await LedToAsync("/login?next=%2F")).ShouldBe("/login?next=%2F");
        (await LedToAsync("http://shell:8080/login")).ShouldBe("/login");
        (await LedToAsync("http://127.0.0.1:8080")).ShouldBe("/");
        (await LedToAsync($"https://{browser.Host}/x?y")).ShouldBe("/x?y");
        (await LedToAsync("https://elsewhere.example/x")).ShouldBe("https://elsewhere.example/x");
    }

    private async Task<MachineSite> ServeAsync(Action<WebApplication>? map = null)
    {
        var site = await MachineSite.StartAsync(map);
        site.ListenIn(server, "shell", 8080);
        return site;
    }

    private async Task<ClientWebSocket> ConnectAsync(WebBrowser browser, string origin)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Host", browser.Host);
        socket.Options.SetRequestHeader("Cookie", browser.Cookie);
        socket.Options.SetRequestHeader("Origin", origin);
        socket.Options.AddSubProtocol("tty");
        await socket.ConnectAsync(new UriBuilder(new Uri(server.Address, "/socket")) { Scheme = "ws" }.Uri, default);
        return socket;
    }
}
