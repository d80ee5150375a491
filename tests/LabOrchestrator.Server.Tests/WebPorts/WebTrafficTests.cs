using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace LabOrchestrator.Server.Tests.WebPorts;

/// <summary>What passes between a browser and a machine.</summary>
public sealed class WebTrafficTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Paths_and_queries_come_as_they_were_sent()
    {
        await using var site = await MachineSite.ServeAsync(server);
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
        await using var site = await MachineSite.ServeAsync(server, app => app.MapGet("/news", async (HttpResponse response) =>
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
        await using var site = await MachineSite.ServeAsync(server, app =>
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
        await using var site = await MachineSite.ServeAsync(server);
        using var user = await server.UserAsync("learner");
        using var browser = await WebBrowser.OpenAsync(server, user, await WebBrowser.StartLabAsync(server, user, "web-sockets"));

        using var socket = await browser.ConnectAsync($"http://{browser.Host}");
        socket.SubProtocol.ShouldBe("tty");
        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, default);
        var buffer = new byte[100];
        var heard = await socket.ReceiveAsync(buffer, default);
        Encoding.UTF8.GetString(buffer, 0, heard.Count).ShouldBe("hello");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);

        (await Should.ThrowAsync<WebSocketException>(browser.ConnectAsync("http://80--evil--1.localhost"))).Message.ShouldContain("403");
    }

    [Fact]
    public async Task Redirections_to_the_machines_own_address_stay_on_its_host()
    {
        await using var site = await MachineSite.ServeAsync(server, app => app.MapGet("/away", (string to, HttpResponse response) =>
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
}
