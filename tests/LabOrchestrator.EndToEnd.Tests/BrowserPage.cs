using System.Collections.Concurrent;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>A page whose scripts may not fail and whose security policy may not be violated.</summary>
internal sealed class BrowserPage(IBrowserContext context, IPage page) : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _troubles = new();

    public IPage Page { get; } = page;

    public static async Task<BrowserPage> OpenAsync(IBrowserContext context)
    {
        var opened = new BrowserPage(context, await context.NewPageAsync());
        await context.ExposeFunctionAsync("reportViolation", (string what) => opened._troubles.Enqueue($"policy: {what}"));
        await context.AddInitScriptAsync(
            "addEventListener('securitypolicyviolation', e => reportViolation(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`))");
        opened.Page.PageError += (_, error) => opened._troubles.Enqueue($"script: {error}");
        return opened;
    }

    /// <summary>Opens an address with all that it loads.</summary>
    public Task<IResponse?> GotoAsync(string address) => Loading.GotoAsync(Page, address);

    /// <summary>Opens the same address again.</summary>
    public Task<IResponse?> ReloadAsync() => Loading.ReloadAsync(Page);

    /// <summary>Presses a button, by default with the mouse, that loads another address or the same, and waits until all of that has come.</summary>
    public Task FollowAsync(ILocator button, string address, Func<Task>? press = null)
    {
        var from = Page.Url;
        return Loading.WholeAsync(Page, async attempt =>
        {
            if (attempt > 1)
            {
                await Page.GotoAsync(from);
                if (!await button.IsVisibleAsync())
                {
                    // Only the answer was given up: it did what it should.
                    return await Page.GotoAsync(address);
                }
            }

            var loaded = new TaskCompletionSource();
            void Note(object? sender, IPage page) => loaded.TrySetResult();
            Page.Load += Note;
            try
            {
                await (press ?? (() => button.ClickAsync()))();
                await loaded.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            }
            finally
            {
                Page.Load -= Note;
            }

            await Page.WaitForURLAsync(address);
            return null;
        });
    }

    public async Task SignInAsync(string name = ServerProcess.Admin, string password = ServerProcess.Password)
    {
        await GotoAsync("/");
        await SendSignInAsync(name, password, new Uri(new Uri(Page.Url), "/").ToString());
    }

    /// <summary>Fills in the form of the sign-in page, which is shown.</summary>
    public Task SendSignInAsync(string name, string password, string address)
    {
        var button = Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" });
        return FollowAsync(button, address, async () =>
        {
            await Page.GetByLabel("User name").FillAsync(name);
            await Page.GetByLabel("Password").FillAsync(password);
            await button.ClickAsync();
        });
    }

    /// <summary>Starts a lab from the list and waits until all its machines run.</summary>
    public async Task<long> StartLabAsync(string lab)
    {
        await GotoAsync("/");

        // Once it is started, there is a link to it instead.
        await FollowAsync(Page.Locator($"[data-lab={lab}]").Locator("button, a"), "**/instances/*");
        await Assertions.Expect(Page.Locator("lab-workspace")).ToHaveAttributeAsync("data-phase", "Running");
        return long.Parse(new Uri(Page.Url).Segments[^1], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Shows a machine's console and waits until it is connected.</summary>
    public async Task<ILocator> ConsoleAsync(string machine, string console)
    {
        await Page.Locator($"#tab-{machine}").ClickAsync();
        var choice = Page.Locator($"#machine-{machine} [data-console-choice={console}]");
        if (await choice.CountAsync() > 0)
        {
            await choice.ClickAsync();
        }

        var found = Page.Locator($"#machine-{machine} [data-console={console}]");
        await Assertions.Expect(found).ToHaveAttributeAsync("data-state", "connected");
        return found;
    }

    /// <summary>Types into a terminal as a user does.</summary>
    public async Task TypeAsync(ILocator terminal, string text)
    {
        await terminal.Locator(".xterm-helper-textarea").FocusAsync();
        await Page.Keyboard.TypeAsync(text);
        await Page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Waits until a terminal shows a text.</summary>
    public static Task SeeAsync(ILocator terminal, string text) =>
        Assertions.Expect(terminal.Locator(".xterm-rows")).ToContainTextAsync(text);

    /// <summary>Fails on a serious or critical finding of axe.</summary>
    public async Task CheckAccessibilityAsync()
    {
        var findings = (await Page.RunAxe()).Violations.Where(v => v.Impact is "serious" or "critical")
            .Select(v => $"{Page.Url} {v.Id}: {v.Help}: {string.Join("; ", v.Nodes.Select(n => n.Html))}");
        findings.ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        await context.CloseAsync();
        _troubles.ShouldBeEmpty();
    }
}
