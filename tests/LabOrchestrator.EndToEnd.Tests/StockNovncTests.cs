using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>The noVNC that Debian packages, unchanged and on an origin of its own, as the prototype of 2021 was used.</summary>
[Trait("Category", "Engine")]
public sealed class StockNovncTests(BrowserFixture browser)
{
    [Fact]
    public async Task Vnc_lite_of_another_origin_shows_the_screen_of_a_lab_made_through_the_prototypes_routes()
    {
        await using var server = await ServerProcess.StartAsync("docker");
        await using var novnc = await StaticFiles.ServeAsync("/usr/share/novnc");
        using var admin = Basic(server, ServerProcess.Admin, ServerProcess.Password);
        var image = await PostAsync(admin, "/docker_image", new() { ["name"] = "tiny", ["description"] = "", ["urls"] = "lab-orchestrator/tiny-vm:1" });
        var lab = await PostAsync(admin, "/lab", new()
        {
            ["name"] = "Screen",
            ["namespace_prefix"] = "screen",
            ["description"] = "",
            ["docker_image_id"] = image.GetProperty("id").ToString(),
            ["docker_image_name"] = "box",
        });
        var instance = (await PostAsync(admin, "/lab_instance", new() { ["lab_id"] = lab.GetProperty("id").ToString() })).GetProperty("id").GetInt64();
        await RunsAsync(admin, instance);
        var token = (await admin.GetFromJsonAsync<JsonElement>("/api/token")).GetProperty("token").GetString();

        await using var page = await browser.OpenAsync(server.Address);
        await page.GotoAsync($"{novnc.Urls.First()}/vnc_lite.html?host=localhost&port={server.Port}&path={instance}/{token}");
        await Assertions.Expect(page.Page.Locator("#status")).ToContainTextAsync("Connected");
        await MachineScreen.SeeAnsweringAsync(page.Page, page.Page.Locator("#screen canvas"));

        (await admin.DeleteAsync($"/lab_instance/{instance}")).IsSuccessStatusCode.ShouldBeTrue();
        await Engine.HoldsNothingOfAsync(await server.InstallationAsync());
    }

    private static HttpClient Basic(ServerProcess server, string name, string password)
    {
        var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
        return client;
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, Dictionary<string, string> form)
    {
        using var content = new FormUrlEncodedContent(form);
        using var response = await client.PostAsync(path, content);
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task RunsAsync(HttpClient client, long instance)
    {
        var machines = "";
        await Wait.UntilAsync(
            async () => (machines = await client.GetStringAsync($"/lab_instance/{instance}/virtual_machine_instances")).Contains("\"Running\"", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60),
            () => machines);
    }
}
