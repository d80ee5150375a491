using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>A page of a machine, opened by an admin, tries what it can against this server and against the pages of other machines.</summary>
[Trait("Category", "Engine")]
public sealed class HostileMachineTests(BrowserFixture browser, WebPortLab lab) : IClassFixture<WebPortLab>, IAsyncLifetime
{
    private readonly ServerProcess _server = lab.Server;
    private readonly HttpClient _admin = lab.Admin;
    private readonly long _instance = lab.Instance;
    private BrowserPage _page = null!;

    public async ValueTask InitializeAsync()
    {
        _page = await browser.OpenAsync(_server.Address);
        await _page.SignInAsync();
        await _page.GotoAsync($"/instances/{_instance}");
    }

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Fact]
    public async Task A_machines_page_is_shown_in_the_workspace_and_speaks_HTTP_and_WebSocket_with_its_machine()
    {
        var frame = await FrameAsync("evil");

        (await frame.EvaluateAsync<string>("fetch('/log').then(r => r.text())")).ShouldContain("GET / HTTP/1.1");
        (await frame.EvaluateAsync<string>(
            """
            new Promise((resolve, reject) => {
              const socket = new WebSocket('/ws');
              socket.onopen = () => socket.send('hello');
              socket.onmessage = (event) => resolve(event.data);
              socket.onerror = () => reject(new Error('socket'));
            })
            """)).ShouldBe("hello");
        (await frame.EvaluateAsync<string>("document.cookie")).ShouldBe("machine=1");
        await _page.CheckAccessibilityAsync();
        var popup = await OwnTabAsync("evil");
        await Assertions.Expect(popup.Locator("h1")).ToHaveTextAsync("Page of evil");
        (await popup.EvaluateAsync<bool>("window.opener === null")).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_can_neither_read_nor_act_on_our_origin_and_gets_none_of_our_cookies(bool inOwnTab)
    {
        var tokens = await lab.TokensAsync();
        var evil = inOwnTab ? (await OwnTabAsync("evil")).MainFrame : await FrameAsync("evil");
        var ours = _server.Address.GetLeftPart(UriPartial.Authority);
        var cookies = await OurCookiesAsync();

        var found = await evil.EvaluateAsync<JsonElement>(
            """
            async (ours) => {
              const seen = {};
              const attempt = async (name, act) => { try { seen[name] = await act(); } catch (e) { seen[name] = `refused: ${e.name}`; } };
              const json = { credentials: 'include', headers: { 'Content-Type': 'application/json' } };
              await attempt('read', async () => (await fetch(`${ours}/api/v1/users/me`, { credentials: 'include' })).text());
              await attempt('readOpaque', async () => (await (await fetch(`${ours}/api/v1/users/me`, { credentials: 'include', mode: 'no-cors' })).text()));
              await attempt('act', async () => (await fetch(`${ours}/api/v1/tokens`, { ...json, method: 'POST', body: '{"name":"stolen"}' })).status);
              await attempt('actOpaque', async () => (await fetch(`${ours}/api/v1/tokens`, { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"name":"stolen"}' })).type);
              await attempt('events', () => new Promise((resolve, reject) => {
                const events = new EventSource(`${ours}/api/v1/events`, { withCredentials: true });
                events.onmessage = (e) => resolve(e.data); events.onopen = () => resolve('open'); events.onerror = () => { events.close(); reject(new Error()); };
              }));
              await attempt('socket', () => new Promise((resolve, reject) => {
                const socket = new WebSocket(`${ours.replace('http', 'ws')}/api/v1/console?ticket=guessed`);
                socket.onopen = () => resolve('open'); socket.onerror = () => reject(new Error());
              }));
              await attempt('script', () => new Promise((resolve, reject) => {
                const script = document.createElement('script');
                script.src = `${ours}/api/v1/users/me`; script.onload = () => resolve('loaded'); script.onerror = () => reject(new Error());
                document.head.append(script);
              }));
              await attempt('worker', async () => (await navigator.serviceWorker.register(`${ours}/sw.js`)).scope);
              await attempt('ownWorker', async () => (await navigator.serviceWorker.register('/sw.js')).scope);
              await attempt('parentPage', () => window.parent === window ? 'refused: no parent' : window.parent.document.title);
              await attempt('opener', () => window.opener ? 'opener' : 'none');
              document.cookie = 'lab-session=planted; Path=/; Domain=localhost';
              document.cookie = 'lab-session=planted; Path=/';
              document.cookie = 'planted=1; Path=/; Domain=localhost';
              seen.cookie = document.cookie;
              return seen;
            }
            """,
            ours);

        foreach (var name in new[] { "read", "act", "events", "socket", "script", "worker", "parentPage" })
        {
            found.GetProperty(name).GetString()!.ShouldStartWith("refused", Case.Sensitive, $"{name}: {found}");
        }

        found.GetProperty("readOpaque").GetString().ShouldBeOneOf("", "refused: TypeError");
        found.GetProperty("opener").GetString().ShouldBe("none");
        if (inOwnTab)
        {
            // Private windows, such as a test's, have no workers in frames of another site.
            found.GetProperty("ownWorker").GetString().ShouldBe(lab.HostOf("evil").ToString());
        }

        found.GetProperty("cookie").GetString()!.Split("; ").Where(c => c != "lab-session=planted").ShouldBe(["machine=1"]);
        (await lab.TokensAsync()).ShouldBe(tokens);
        (await OurCookiesAsync()).ShouldBe(cookies);
        await StillSignedInAsync();
        await NothingOfOursReachedAsync("evil");
    }

    [Fact]
    public async Task It_cannot_frame_us_nor_post_forms_to_us_nor_lead_our_page_away()
    {
        var tokens = await lab.TokensAsync();
        var frame = await FrameAsync("evil");
        var ours = _server.Address.GetLeftPart(UriPartial.Authority);
        (await frame.EvaluateAsync<string>("() => { try { top.location = 'about:blank'; return 'led away'; } catch (e) { return e.name; } }")).ShouldBe("SecurityError");
        (await frame.EvaluateAsync<string>("document.title")).ShouldBe("Page of evil");

        var tab = await OwnTabAsync("evil");
        foreach (var path in new[] { "/", $"/instances/{_instance}", $"/instances/{_instance}/machines/victim/consoles/web/open" })
        {
            // We hear of frames that come and go later than the page does: the frame before must be gone for us before there is another.
            await tab.EvaluateAsync("() => document.body.replaceChildren()");
            await Wait.UntilAsync(() => Task.FromResult(tab.Frames.Count == 1), TimeSpan.FromSeconds(60), () => "The frame before stays.");
            await tab.EvaluateAsync(
                "address => new Promise(done => { const f = document.createElement('iframe'); f.src = address; f.onload = done; document.body.append(f); })",
                ours + path);
            var framed = "";
            await Wait.UntilAsync(
                () => Task.FromResult(tab.Frames.SingleOrDefault(f => f != tab.MainFrame) is { } frame
                    && (framed = frame.Url).StartsWith("chrome-error:", StringComparison.Ordinal)),
                TimeSpan.FromSeconds(60),
                () => $"{path} was framed: {framed}");
        }

        foreach (var (path, field) in new[] { ("/api/v1/tokens", "{\"name\":\"stolen\",\"x\":\""), ($"/instances/{_instance}/stop", "x"), ("/profile/tokens", "name") })
        {
            await using var victim = new PopupPage(await OwnTabAsync("evil"));
            var answered = victim.Page.WaitForResponseAsync(r => r.Url.StartsWith(ours + path, StringComparison.Ordinal) || r.Url.Contains("sign-in", StringComparison.Ordinal));
            await victim.Page.EvaluateAsync(
                """
                ([address, field]) => {
                  const form = document.createElement('form');
                  form.method = 'post'; form.action = address; form.enctype = 'text/plain';
                  const input = document.createElement('input'); input.name = field; input.value = '"}';
                  form.append(input); document.body.append(form); form.submit();
                }
                """,
                new[] { ours + path, field });
            (await answered).Status.ShouldNotBe(200, path);
        }

        (await lab.TokensAsync()).ShouldBe(tokens);
        (await _admin.GetFromJsonAsync<JsonElement>($"/api/v1/instances/{_instance}")).GetProperty("desired").GetString().ShouldBe("Running");
        await StillSignedInAsync();
    }

    [Fact]
    public async Task It_cannot_use_what_the_browser_may_do_with_another_machine()
    {
        await FrameAsync("victim");
        await using var open = new PopupPage(await OwnTabAsync("victim"));
        var victim = lab.HostOf("victim").ToString();
        var evil = await OwnTabAsync("evil");

        var read = await evil.EvaluateAsync<string>(
            "async address => { try { return await (await fetch(address + 'stolen', { credentials: 'include' })).text(); } catch (e) { return e.name; } }", victim);
        read.ShouldBe("TypeError");
        await evil.EvaluateAsync("address => fetch(address + 'stolen', { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'x' }).catch(() => {})", victim);
        var socket = await evil.EvaluateAsync<string>(
            "address => new Promise(done => { const s = new WebSocket(address.replace('http', 'ws') + 'stolen'); s.onopen = () => done('open'); s.onerror = () => done('refused'); })", victim);
        socket.ShouldBe("refused");
        await evil.EvaluateAsync(
            "address => new Promise(done => { const f = document.createElement('iframe'); f.src = address + 'stolen'; f.onload = done; document.body.replaceChildren(f); })", victim);
        await evil.GotoAsync("about:blank");

        var log = await open.Page.EvaluateAsync<string>("fetch('/log').then(r => r.text())");
        log.ShouldContain("GET / HTTP/1.1");
        log.ShouldNotContain("stolen");
        await NothingOfOursReachedAsync("victim");
    }

    private async Task<IFrame> FrameAsync(string machine)
    {
        await _page.ConsoleAsync(machine, "web");
        var element = _page.Page.Locator($"#machine-{machine} lab-web iframe");
        await Assertions.Expect(_page.Page.FrameLocator($"#machine-{machine} lab-web iframe").Locator("h1")).ToHaveTextAsync($"Page of {machine}");
        return (await (await element.ElementHandleAsync()).ContentFrameAsync())!;
    }

    private async Task<IPage> OwnTabAsync(string machine)
    {
        await _page.ConsoleAsync(machine, "web");
        var popup = await _page.Page.RunAndWaitForPopupAsync(
            () => _page.Page.Locator($"#machine-{machine} lab-web").GetByRole(AriaRole.Link, new() { Name = "Open in a tab of its own" }).ClickAsync());
        await Assertions.Expect(popup.Locator("h1")).ToHaveTextAsync($"Page of {machine}");
        return popup;
    }

    private async Task<string[]> OurCookiesAsync() =>
        [.. (await _page.Page.Context.CookiesAsync(_server.Address.ToString())).Select(c => $"{c.Name}={c.Value}").Order(StringComparer.Ordinal)];

    private async Task StillSignedInAsync()
    {
        await _page.GotoAsync("/profile");
        await Assertions.Expect(_page.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
        _page.Page.Url.ShouldEndWith("/profile");
        (await _page.Page.EvaluateAsync<bool>("navigator.serviceWorker.controller === null")).ShouldBeTrue();
    }

    private async Task NothingOfOursReachedAsync(string machine)
    {
        await using var tab = new PopupPage(await _page.Page.Context.NewPageAsync());
        await Loading.GotoAsync(tab.Page, $"/instances/{_instance}/machines/{machine}/consoles/web/open");
        await Assertions.Expect(tab.Page.Locator("h1")).ToHaveTextAsync($"Page of {machine}");
        var log = await tab.Page.EvaluateAsync<string>("fetch('/log').then(r => r.text())");
        log.ShouldContain("GET /");
        log.ShouldNotContain("lab-session");
        log.ShouldNotContain("lab-antiforgery");
        log.ShouldNotContain("lab-port");
        log.ShouldNotContain("ticket");
        foreach (var cookie in await _page.Page.Context.CookiesAsync())
        {
            if (cookie.Name.StartsWith("lab-", StringComparison.Ordinal) && cookie.Value != "planted")
            {
                log.ShouldNotContain(cookie.Value);
            }
        }
    }

    private sealed class PopupPage(IPage page) : IAsyncDisposable
    {
        public IPage Page => page;

        public async ValueTask DisposeAsync() => await page.CloseAsync();
    }
}
