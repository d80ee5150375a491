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

        await MachineScreen.SeeAnsweringAsync(page.Page, (await page.ConsoleAsync("server", "graphical")).Locator("canvas"));
        await Picture.KeepAsync(page.Page, "docs/images/workspace.png");
        var client = await page.ConsoleAsync("client", "terminal");
        await FetchAsync(page, client);
        await page.ConsoleAsync("server", "page");
        await Assertions.Expect(page.Page.FrameLocator("#machine-server lab-web iframe").Locator("body")).ToContainTextAsync("Hello from the server.");

        await page.ReloadAsync();
        await BrowserPage.SeeAsync(await page.ConsoleAsync("client", "terminal"), "Hello from the server.");

        await page.FollowAsync(page.Page.GetByRole(AriaRole.Button, new() { Name = "Stop and delete" }), server.Address.ToString());
        await Engine.HoldsNothingOfAsync(await server.InstallationAsync());
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
        await Assertions.Expect(terminal).ToHaveAttributeAsync("data-state", "waiting");
        await server.LaunchAsync();

        // The page comes back by itself, to the same shell with its variables.
        terminal = await page.ConsoleAsync("linux", "terminal");
        await page.TypeAsync(terminal, "echo again-$kept");
        await BrowserPage.SeeAsync(terminal, "again-before-the-restart");
        await page.FollowAsync(page.Page.GetByRole(AriaRole.Button, new() { Name = "Stop and delete" }), server.Address.ToString());
        await Engine.HoldsNothingOfAsync(await server.InstallationAsync());
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
}
