using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>The pages on the runtime in memory, whose terminals and screens answer.</summary>
[Trait("Category", "Browser")]
public sealed class PagesTests(BrowserFixture browser, PagesServer server) : IClassFixture<PagesServer>
{
    [Fact]
    public async Task A_wrong_password_is_said_to_be_wrong_and_the_right_one_leads_on()
    {
        await using var page = await browser.OpenAsync(server.Address);
        await page.GotoAsync("/profile");
        await page.SendSignInAsync("admin", "wrong", "**/sign-in*");
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The user name or the password is wrong.");

        await page.SendSignInAsync("admin", ServerProcess.Password, "**/profile");

        await Assertions.Expect(page.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task No_page_has_a_serious_finding_of_axe(ColorScheme colours)
    {
        await using var page = await browser.OpenAsync(server.Address, colours);
        await page.GotoAsync("/sign-in");
        await page.CheckAccessibilityAsync();
        await page.SignInAsync();
        await page.StartLabAsync("client-and-server");
        await page.ConsoleAsync("client", "terminal");
        await page.CheckAccessibilityAsync();
        await page.ConsoleAsync("server", "graphical");
        await page.CheckAccessibilityAsync();
        foreach (var path in new[] { "/", "/profile", "/labs/import", "/admin/users", "/admin/images", "/admin/system", "/instances/4711", "/nothing" })
        {
            await page.GotoAsync(path);
            await page.CheckAccessibilityAsync();
        }
    }

    [Fact]
    public async Task The_API_is_tried_in_the_browser_as_whoever_is_signed_in()
    {
        await using var page = await browser.OpenAsync(server.Address);
        await page.SignInAsync();
        await page.GotoAsync("/profile");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Try the API" }).ClickAsync();

        var operation = page.Page.Locator("#operations-Users-FindMe");
        await operation.Locator(".opblock-summary-control").ClickAsync();
        await operation.GetByRole(AriaRole.Button, new() { Name = "Try it out" }).ClickAsync();
        await operation.GetByRole(AriaRole.Button, new() { Name = "Execute" }).ClickAsync();

        await Assertions.Expect(operation.Locator(".live-responses-table .response-col_status").Last).ToContainTextAsync("200");
        await Assertions.Expect(operation.Locator(".live-responses-table")).ToContainTextAsync("\"admin\"");
    }

    [Fact]
    public async Task Images_that_are_built_behind_are_followed_by_the_page()
    {
        var file = server.ImagesFile;
        await File.WriteAllTextAsync(file, Build("building", "from Debian packages"));
        await using var page = await browser.OpenAsync(server.Address);
        await page.SignInAsync();
        var build = page.Page.Locator("[data-image-build=debian-vm]");
        await Assertions.Expect(build).ToHaveTextAsync("debian-vm: building from Debian packages");
        await page.CheckAccessibilityAsync();

        await File.WriteAllTextAsync(file, Build("building", "loading into the engine"));
        await Assertions.Expect(build).ToHaveTextAsync("debian-vm: building loading into the engine");
        await File.WriteAllTextAsync(file, Build("ready", "in 80 s"));

        await Assertions.Expect(build).ToHaveCountAsync(0);

        static string Build(string state, string message) =>
            $$"""[{"name": "debian-vm", "state": "{{state}}", "message": "{{message}}", "updated": "2026-11-21T08:00:00Z"}]""";
    }

    [Fact]
    public async Task Typing_in_a_terminal_is_answered_and_a_reload_comes_back_to_it()
    {
        await using var page = await browser.OpenAsync(server.Address);
        await page.SignInAsync(await server.NewUserAsync());
        await page.StartLabAsync("first-steps");
        var terminal = await page.ConsoleAsync("linux", "terminal");

        await page.TypeAsync(terminal, "echo marker-$((1))");
        await BrowserPage.SeeAsync(terminal, "marker-");
        await page.ReloadAsync();

        await BrowserPage.SeeAsync(await page.ConsoleAsync("linux", "terminal"), "marker-");
    }

    [Fact]
    public async Task Keys_typed_into_a_screen_change_it()
    {
        await using var page = await browser.OpenAsync(server.Address);
        await page.SignInAsync(await server.NewUserAsync());
        await page.StartLabAsync("client-and-server");
        var screen = (await page.ConsoleAsync("server", "graphical")).Locator("canvas");

        await MachineScreen.SeeAnsweringAsync(page.Page, screen, boots: false);
    }

    [Fact]
    public async Task A_lab_is_paused_continued_and_stopped_from_its_page()
    {
        await using var page = await browser.OpenAsync(server.Address);
        page.Page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        await page.SignInAsync(await server.NewUserAsync());
        var id = await page.StartLabAsync("first-steps");
        var workspace = page.Page.Locator("lab-workspace");

        await page.FollowAsync(page.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }), "**/instances/*");
        await Assertions.Expect(workspace).ToHaveAttributeAsync("data-phase", "Paused");
        await page.FollowAsync(page.Page.GetByRole(AriaRole.Button, new() { Name = "Continue" }), "**/instances/*");
        await Assertions.Expect(workspace).ToHaveAttributeAsync("data-phase", "Running");
        await page.FollowAsync(page.Page.GetByRole(AriaRole.Button, new() { Name = "Stop and delete" }), server.Address.ToString());

        await page.GotoAsync($"/instances/{id}");
        await Assertions.Expect(workspace).ToHaveAttributeAsync("data-phase", "Stopped");
    }

    [Fact]
    public async Task A_page_that_could_not_listen_when_its_lab_ended_shows_the_end_once_it_listens()
    {
        var user = await server.NewUserAsync();
        await using var page = await browser.OpenAsync(server.Address);
        await page.SignInAsync(user);
        var id = await page.StartLabAsync("first-steps");
        var ended = new TaskCompletionSource();
        await page.Page.RouteAsync("**/api/v1/events", async route =>
        {
            await ended.Task;
            await route.ContinueAsync();
        });
        await page.ReloadAsync();
        var workspace = page.Page.Locator("lab-workspace");
        await Assertions.Expect(workspace).ToHaveAttributeAsync("data-phase", "Running");

        using var client = await server.Server.SignInAsync();
        (await client.DeleteAsync($"/api/v1/instances/{id}")).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await Wait.UntilAsync(
            async () => (await client.GetFromJsonAsync<JsonElement>($"/api/v1/instances/{id}")).GetProperty("phase").GetString() == "Stopped",
            TimeSpan.FromMinutes(1),
            () => "the lab did not end");
        ended.SetResult();

        await Assertions.Expect(workspace).ToHaveAttributeAsync("data-phase", "Stopped");
    }

    [Fact]
    public async Task The_credentials_of_a_machine_are_hidden_until_asked_for()
    {
        await using var page = await browser.OpenAsync(server.Address);
        await page.SignInAsync(await server.NewUserAsync());
        await page.StartLabAsync("client-and-server");
        await page.Page.Locator("#tab-server").ClickAsync();
        var secret = page.Page.Locator("#machine-server [data-secret]");

        await Assertions.Expect(secret).ToHaveTextAsync("••••••••");
        await page.Page.Locator("#machine-server [data-reveal]").ClickAsync();

        (await secret.TextContentAsync())!.Length.ShouldBeGreaterThanOrEqualTo(12);
    }

    [Fact]
    public async Task A_lab_can_be_started_and_used_from_the_keyboard_alone()
    {
        var user = await server.NewUserAsync();
        await using var page = await browser.OpenAsync(server.Address);
        await page.GotoAsync("/");
        await page.FollowAsync(page.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }), server.Address.ToString(), async () =>
        {
            await Assertions.Expect(page.Page.GetByLabel("User name")).ToBeFocusedAsync();
            await page.Page.Keyboard.TypeAsync(user);
            await page.Page.Keyboard.PressAsync("Tab");
            await page.Page.Keyboard.TypeAsync(ServerProcess.Password);
            await page.Page.Keyboard.PressAsync("Enter");
        });
        var lab = page.Page.Locator("[data-lab=client-and-server]").Locator("button, a");
        await Assertions.Expect(lab).ToHaveTextAsync("Start A client and a server");
        await page.FollowAsync(lab, "**/instances/*", async () =>
        {
            await TabToAsync(page.Page, lab);
            await page.Page.Keyboard.PressAsync("Enter");
        });
        await TabToAsync(page.Page, page.Page.Locator("#tab-client"));
        await page.Page.Keyboard.PressAsync("ArrowRight");

        await Assertions.Expect(page.Page.Locator("#tab-server")).ToHaveAttributeAsync("aria-selected", "true");
        var screen = page.Page.Locator("#machine-server [data-console=graphical]");
        await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "connected");
        var canvas = screen.Locator("canvas");
        await TabToAsync(page.Page, canvas);
        await MachineScreen.SeeAnsweringAsync(page.Page, canvas, boots: false, hasFocus: true);
        await page.Page.Keyboard.PressAsync("Control+F6");

        (await page.Page.EvaluateAsync<string>("document.activeElement.textContent")).ShouldBe("Ctrl+Alt+Del");
    }

    [Fact]
    public async Task Another_users_lab_does_not_exist_for_others()
    {
        await using var owner = await browser.OpenAsync(server.Address);
        await owner.SignInAsync(await server.NewUserAsync());
        var id = await owner.StartLabAsync("first-steps");
        await using var other = await browser.OpenAsync(server.Address);
        await other.SignInAsync(await server.NewUserAsync());

        (await other.GotoAsync($"/instances/{id}"))!.Status.ShouldBe(404);
        await Assertions.Expect(other.Page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Not found");
        (await other.GotoAsync("/admin/users"))!.Status.ShouldBe(404);
    }

    [Fact]
    public async Task Mistakes_in_an_imported_lab_are_listed_with_their_places()
    {
        await using var page = await browser.OpenAsync(server.Address);
        await page.SignInAsync();
        await page.GotoAsync("/labs/import");
        await page.Page.GetByLabel("lab.yaml").FillAsync("name: Bad Name\ntitle: x\nmachines:\n  - name: a\n    image: terminal\n    memory: 12\n");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Import", Exact = true }).ClickAsync();

        var alert = page.Page.GetByRole(AriaRole.Alert);
        await Assertions.Expect(alert).ToContainTextAsync("lab.yaml:1:");
        await Assertions.Expect(alert).ToContainTextAsync("machines[0].memory");
        await Assertions.Expect(page.Page.GetByLabel("lab.yaml")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("Bad Name"));
    }

    private static async Task TabToAsync(IPage page, ILocator element)
    {
        for (var i = 0; i < 60; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await element.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                return;
            }
        }

        throw new TimeoutException($"Tab never came to {element}.");
    }
}
