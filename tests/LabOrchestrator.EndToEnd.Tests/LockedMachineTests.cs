using System.Text.Json;
using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>A machine's page where there is no domain for hosts of their own: on a path of this server, it must not be one of ours.</summary>
[Trait("Category", "Engine")]
public sealed class LockedMachineTests(BrowserFixture browser, LockedMachineTests.Domainless lab) : IClassFixture<LockedMachineTests.Domainless>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_machines_page_on_our_own_host_speaks_with_its_machine_and_is_nobody_to_us(bool inOwnTab)
    {
        await using var page = await browser.OpenAsync(lab.Server.Address);
        await page.SignInAsync();
        await page.GotoAsync($"/instances/{lab.Instance}");
        var console = await page.ConsoleAsync("evil", "web");
        await Assertions.Expect(console).ToContainTextAsync("this one is locked in");
        await page.CheckAccessibilityAsync();
        var tokens = await lab.TokensAsync();
        var frame = inOwnTab
            ? (await page.Page.RunAndWaitForPopupAsync(() => console.GetByRole(AriaRole.Link, new() { Name = "Open in a tab of its own" }).ClickAsync())).MainFrame
            : (await (await console.Locator("iframe").ElementHandleAsync()).ContentFrameAsync())!;
        await Assertions.Expect(frame.Locator("h1")).ToHaveTextAsync("Page of evil");

        var found = await frame.EvaluateAsync<JsonElement>(
            """
            async (ours) => {
              const seen = {};
              const attempt = async (name, act) => { try { seen[name] = await act(); } catch (e) { seen[name] = `refused: ${e.name}`; } };
              await attempt('origin', () => self.origin);
              await attempt('own', async () => (await fetch('log')).text());
              await attempt('socket', () => new Promise((resolve, reject) => {
                const socket = new WebSocket(new URL('ws', location.href).href.replace('http', 'ws'));
                socket.onopen = () => socket.send('hello'); socket.onmessage = (e) => resolve(e.data); socket.onerror = () => reject(new Error());
              }));
              await attempt('read', async () => (await fetch(`${ours}/api/v1/users/me`, { credentials: 'include' })).text());
              await attempt('act', async () => (await fetch(`${ours}/api/v1/tokens`, { method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body: '{}' })).status);
              await attempt('opaque', async () => (await fetch(`${ours}/api/v1/tokens`, { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}' })).type);
              await attempt('cookie', () => document.cookie);
              await attempt('storage', () => localStorage.length);
              await attempt('worker', async () => (await navigator.serviceWorker.register('sw.js')).scope);
              await attempt('frame', () => new Promise((resolve) => {
                const f = document.createElement('iframe'); f.src = ours + '/';
                f.onload = () => { try { resolve(f.contentDocument.title); } catch (e) { resolve(`refused: ${e.name}`); } };
                document.body.append(f);
              }));
              await attempt('parent', () => window.parent === window ? 'refused: no parent' : window.parent.document.title);
              return seen;
            }
            """,
            lab.Server.Address.GetLeftPart(UriPartial.Authority));

        found.GetProperty("origin").GetString().ShouldBe("null");
        found.GetProperty("own").GetString()!.ShouldContain("GET / HTTP/1.1");
        found.GetProperty("socket").GetString().ShouldBe("hello");
        foreach (var name in new[] { "read", "act", "cookie", "storage", "worker", "parent" })
        {
            found.GetProperty(name).GetString()!.ShouldStartWith("refused", Case.Sensitive, $"{name}: {found}");
        }

        found.GetProperty("frame").ToString().ShouldBeOneOf("", "refused: TypeError", "refused: SecurityError");
        (await lab.TokensAsync()).ShouldBe(tokens);
        var log = found.GetProperty("own").GetString()!;
        log.ShouldNotContain("lab-");
        log.ShouldNotContain("Cookie", Case.Insensitive);
        log.ShouldNotContain("ticket");
        await page.GotoAsync("/profile");
        page.Page.Url.ShouldEndWith("/profile");
    }

    public sealed class Domainless : WebPortLab
    {
        protected override Dictionary<string, string> Settings { get; } = new() { ["Apps__Domain"] = "" };
    }
}
