using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>The main job, end to end: a real virtual machine and a real container in a real browser.</summary>
[Trait("Category", "Engine")]
public sealed class DockerLabTests(BrowserFixture browser)
{
    [Fact]
    public async Task A_user_starts_a_vm_and_a_container_types_in_both_and_stops_them()
    {
        await using var server = await ServerProcess.StartAsync("docker");
        await using var page = await browser.OpenAsync(server.Address);
        page.Page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        await page.SignInAsync();
        await page.StartLabAsync("client-and-server");

        await SeeScreenChangeAsync(page, await page.ConsoleAsync("server", "graphical"));
        var client = await page.ConsoleAsync("client", "terminal");
        await FetchAsync(page, client);

        await page.Page.ReloadAsync();
        await BrowserPage.SeeAsync(await page.ConsoleAsync("client", "terminal"), "Hello from the server.");

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Stop and delete" }).ClickAsync();
        await page.Page.WaitForURLAsync(server.Address.ToString());
        await NothingIsLeftAsync(server);
    }

    [Fact]
    public async Task A_terminal_and_its_lab_outlive_a_server_that_is_killed()
    {
        await using var server = await ServerProcess.StartAsync("docker");
        await using var page = await browser.OpenAsync(server.Address);
        page.Page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        await page.SignInAsync();
        await page.StartLabAsync("first-steps");
        var terminal = await page.ConsoleAsync("linux", "terminal");
        await page.TypeAsync(terminal, "kept=before-the-restart; echo $kept");
        await BrowserPage.SeeAsync(terminal, "before-the-restart");

        await server.KillAsync();
        await Assertions.Expect(terminal).ToHaveAttributeAsync("data-state", "waiting", new() { Timeout = 30_000 });
        await server.LaunchAsync();

        // The page comes back by itself, to the same shell with its variables.
        terminal = await page.ConsoleAsync("linux", "terminal");
        await page.TypeAsync(terminal, "echo again-$kept");
        await BrowserPage.SeeAsync(terminal, "again-before-the-restart");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Stop and delete" }).ClickAsync();
        await page.Page.WaitForURLAsync(server.Address.ToString());
        await NothingIsLeftAsync(server);
    }

    private static async Task SeeScreenChangeAsync(BrowserPage page, ILocator console)
    {
        var screen = console.Locator("canvas");
        var tab = page.Page.Locator("#tab-server");
        await Assertions.Expect(tab).ToHaveAttributeAsync("data-phase", "Running");

        // The guest boots in software emulation; its screen is quiet once it is at the login prompt.
        var quiet = await QuietAsync(screen);
        await screen.ClickAsync();
        await page.Page.Keyboard.TypeAsync("lab");

        await Wait.UntilAsync(
            async () => !(await screen.ScreenshotAsync()).SequenceEqual(quiet),
            TimeSpan.FromSeconds(20),
            () => "The VM's screen did not change after keys were typed.");
    }

    private static async Task<byte[]> QuietAsync(ILocator screen)
    {
        var last = await screen.ScreenshotAsync();
        var since = TimeProvider.System.GetTimestamp();
        await Wait.UntilAsync(
            async () =>
            {
                var now = await screen.ScreenshotAsync();
                if (!now.SequenceEqual(last))
                {
                    last = now;
                    since = TimeProvider.System.GetTimestamp();
                }

                return TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(3);
            },
            TimeSpan.FromSeconds(90),
            () => "The VM's screen never came to rest.");
        return last;
    }

    private static async Task FetchAsync(BrowserPage page, ILocator client)
    {
        for (var attempt = 0; ; attempt++)
        {
            await page.TypeAsync(client, "wget -qO- http://server/");
            try
            {
                await Assertions.Expect(client.Locator(".xterm-rows")).ToContainTextAsync("Hello from the server.", new() { Timeout = 5_000 });
                return;
            }
            catch (PlaywrightException) when (attempt < 12)
            {
                // The VM's web server comes up after its console.
            }
        }
    }

    private static async Task NothingIsLeftAsync(ServerProcess server)
    {
        var installation = await server.InstallationAsync();
        string[] left = [];
        await Wait.UntilAsync(
            async () => (left = await Engine.ObjectsOfAsync(installation)).Length == 0,
            TimeSpan.FromSeconds(30),
            () => $"The engine still holds: {string.Join(", ", left)}");
    }
}
