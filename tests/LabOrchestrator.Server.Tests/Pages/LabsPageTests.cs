using System.Net;
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
        (await WaitForAsync(client, "/", p => !p.Contains("data-trouble", StringComparison.Ordinal))).ShouldContain("Labs");

        var faults = server.Services.GetRequiredService<InMemoryLabRuntime>().Faults;
        faults.IsAway = true;

        (await WaitForAsync(client, "/", p => p.Contains("data-trouble", StringComparison.Ordinal))).ShouldContain("memory: The in-memory engine is away.");
        (await client.GetAsync("/healthz/ready").StatusAsync()).ShouldBe(HttpStatusCode.OK);
        faults.IsAway = false;
        await WaitForAsync(client, "/", p => !p.Contains("data-trouble", StringComparison.Ordinal));
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

    private static async Task<HttpClient> SignedInAsync(ServerFixture server)
    {
        var client = server.Client();
        await client.SendAsync(SessionTests.SignIn(ServerFixture.AdminName, ServerFixture.AdminPassword)).JsonAsync();
        return client;
    }

    private static async Task<string> WaitForAsync(HttpClient client, string address, Func<string, bool> wanted)
    {
        for (var attempt = 0; ; attempt++)
        {
            var page = await client.GetStringAsync(address);
            if (wanted(page))
            {
                return page;
            }

            attempt.ShouldBeLessThan(150, page);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }
}
