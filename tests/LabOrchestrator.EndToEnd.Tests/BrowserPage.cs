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
    /// <remarks>
    /// Chromium gives up what it is loading whenever an address of this machine comes or goes, as those of the networks of labs do that
    /// other tests run meanwhile; then it is loaded again. Whatever else fails stays for the test to see.
    /// </remarks>
    public async Task<IResponse?> GotoAsync(string address)
    {
        const int mostAttempts = 5;
        for (var attempt = 1; ; attempt++)
        {
            var given = 0;
            void Note(object? sender, IRequest request) => _ = request.Failure == "net::ERR_NETWORK_CHANGED" && Interlocked.Increment(ref given) > 0;
            Page.RequestFailed += Note;
            try
            {
                var response = await Page.GotoAsync(address);
                if (given == 0 || attempt == mostAttempts)
                {
                    return response;
                }
            }
            catch (PlaywrightException e) when (e.Message.Contains("ERR_NETWORK_CHANGED", StringComparison.Ordinal) && attempt < mostAttempts)
            {
            }
            finally
            {
                Page.RequestFailed -= Note;
            }
        }
    }

    public async Task SignInAsync(string name = ServerProcess.Admin, string password = ServerProcess.Password)
    {
        await GotoAsync("/");
        await Page.GetByLabel("User name").FillAsync(name);
        await Page.GetByLabel("Password").FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Page.WaitForURLAsync(url => !url.Contains("sign-in", StringComparison.Ordinal));
    }

    /// <summary>Starts a lab from the list and waits until all its machines run.</summary>
    public async Task<long> StartLabAsync(string lab)
    {
        await GotoAsync("/");
        await Page.Locator($"[data-lab={lab}] button").ClickAsync();
        await Page.WaitForURLAsync("**/instances/*");
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
