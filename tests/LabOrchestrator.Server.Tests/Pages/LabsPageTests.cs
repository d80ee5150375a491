using System.Net;
using LabOrchestrator.Conformance;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;
using LabOrchestrator.Server.Tests.Users;

namespace LabOrchestrator.Server.Tests.Pages;

public sealed class LabsPageTests
{
    [Fact]
    public async Task An_engine_in_trouble_shows_on_the_page_and_is_gone_from_it_afterwards()
    {
        await using var server = await ServerFixture.StartAsync();
        using var client = await SignedInAsync(server);
        (await Eventually.ShowsAsync(() => client.GetStringAsync("/"), p => !p.Contains("data-trouble", StringComparison.Ordinal))).ShouldContain("Labs");

        var faults = server.Services.GetRequiredService<InMemoryLabRuntime>().Faults;
        faults.IsAway = true;

        (await Eventually.ShowsAsync(() => client.GetStringAsync("/"), p => p.Contains("data-trouble", StringComparison.Ordinal))).ShouldContain("memory: The in-memory engine is away.");
        (await client.GetAsync("/healthz/ready").StatusAsync()).ShouldBe(HttpStatusCode.OK);
        faults.IsAway = false;
        await Eventually.ShowsAsync(() => client.GetStringAsync("/"), p => !p.Contains("data-trouble", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Images_that_are_being_built_show_on_the_page_until_they_are_ready()
    {
        var file = Path.Combine(Path.GetTempPath(), $"images-{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(file, """
            [{"name": "terminal", "state": "ready", "message": "in 9 s", "updated": "2026-11-21T08:00:00Z"},
             {"name": "debian-vm", "state": "building", "message": "from <Debian> packages", "updated": "2026-11-21T08:00:00Z"}]
            """);
        try
        {
            await using var server = await ServerFixture.StartAsync([KeyValuePair.Create("Images__StateFile", (string?)file)]);
            using var client = await SignedInAsync(server);

            var labs = await client.GetStringAsync("/");
            var images = await client.GetStringAsync("/admin/images");

            labs.ShouldContain("data-image-build=\"debian-vm\"");
            labs.ShouldContain("from &lt;Debian&gt; packages");
            labs.ShouldNotContain("data-image-build=\"terminal\"");
            images.ShouldContain("data-image-build=\"debian-vm\"");
            images.ShouldContain("data-image-build=\"terminal\"");
            await File.WriteAllTextAsync(file, """[{"name": "debian-vm", "state": "ready", "message": "in 80 s", "updated": "2026-11-21T08:01:00Z"}]""");
            (await client.GetStringAsync("/")).ShouldNotContain("data-image-build");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_lab_that_cannot_be_started_here_says_why_where_its_button_is()
    {
        await using var server = await ServerFixture.StartAsync();
        using var client = await SignedInAsync(server);
        using var admin = await server.AdminAsync();
        await admin.PostAsync("/api/v1/labs", new StringContent(
            "name: wants\ntitle: Wants\nmachines: [{name: a, image: terminal}]\nnetworks: [{name: n, internet: true}]\n", null, "application/yaml")).JsonAsync(HttpStatusCode.Created);
        await server.LabAsync("plain");

        var page = await client.GetStringAsync("/");

        CardOf(page, "wants").ShouldSatisfyAllConditions(
            c => c.ShouldContain("This server gives labs no access to the internet. Ask an administrator."), c => c.ShouldContain("disabled"), c => c.ShouldNotContain("<form"));
        CardOf(page, "plain").ShouldSatisfyAllConditions(c => c.ShouldContain("<form"), c => c.ShouldNotContain("disabled"));
    }

    [Fact]
    public void Whatever_a_lab_may_require_has_a_sentence_for_its_absence()
    {
        var texts = File.ReadAllText(RepositoryDocument.PathOf("src/LabOrchestrator.Server/Pages/Texts.resx"));

        RuntimeCapabilities.Known.ShouldAllBe(c => texts.Contains($"\"Labs.Missing.{c}\"", StringComparison.Ordinal));
    }

    private static string CardOf(string page, string lab)
    {
        var from = page.IndexOf($"data-lab=\"{lab}\"", StringComparison.Ordinal);
        return page[from..page.IndexOf("</li>", from, StringComparison.Ordinal)];
    }

    private static async Task<HttpClient> SignedInAsync(ServerFixture server)
    {
        var client = server.Client();
        await client.SendAsync(SessionTests.SignIn(ServerFixture.AdminName, ServerFixture.AdminPassword)).JsonAsync();
        return client;
    }
}
