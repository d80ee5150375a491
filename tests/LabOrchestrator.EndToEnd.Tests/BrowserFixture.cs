using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(LabOrchestrator.EndToEnd.BrowserFixture))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace LabOrchestrator.EndToEnd;

/// <summary>One headless Chromium, Debian's, for all tests.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    // What a person would have given up on long ago; a machine that builds and boots beside the tests is slower than theirs.
    private const float PatienceMilliseconds = 60_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(PatienceMilliseconds);
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args =
            [
                "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
    }

    /// <summary>A page of a browser profile of its own, on a small laptop's screen.</summary>
    internal async Task<BrowserPage> OpenAsync(Uri address, ColorScheme colours = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address.ToString(),
            ColorScheme = colours,
            ViewportSize = new ViewportSize { Width = 1366, Height = 768 },
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        context.SetDefaultTimeout(PatienceMilliseconds);
        return await BrowserPage.OpenAsync(context);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser!.CloseAsync();
        _playwright!.Dispose();
    }
}
