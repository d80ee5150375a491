using System.Net;
using System.Text.RegularExpressions;
using LabOrchestrator.Conformance;
using LabOrchestrator.Server.Tests.Users;

namespace LabOrchestrator.Server.Tests.Pages;

public sealed partial class ImportPageTests
{
    private const string Outward = "name: outward\ntitle: Outward\nmachines: [{name: a, image: terminal}]\nnetworks: [{name: n, internet: true}]\n";

    [Theory]
    [InlineData("check", "The lab is correct.")]
    [InlineData("import", "The lab was imported.")]
    public async Task What_a_runtime_lacks_is_said_beside_the_good_news(string what, string news)
    {
        await using var server = await ServerFixture.StartAsync();
        using var client = await SignedInAsync(server);
        await server.LabAsync("waits-for-images");

        var page = await PostAsync(client, what, Outward, HttpStatusCode.OK);

        page.ShouldContain(news);
        page.ShouldContain("<code>lab.yaml:4:32</code> networks[0].internet: The lab requires internet of the runtime &quot;memory&quot;. The runtime does not have it.");
        (await PostAsync(client, what, Outward.Replace("true", "false", StringComparison.Ordinal), HttpStatusCode.OK)).ShouldNotContain("requires");
        (await PostAsync(client, what, "name: Not a Name", HttpStatusCode.BadRequest)).ShouldContain("lab.yaml:1:7");
    }

    [Fact]
    public async Task Folders_with_mistakes_and_with_warnings_show_on_the_systems_page()
    {
        var folder = Directory.CreateTempSubdirectory("labs");
        foreach (var (name, text) in new[] { ("broken", "name: Not a Name\n"), ("outward", Outward) })
        {
            await File.WriteAllTextAsync(Path.Combine(folder.CreateSubdirectory(name).FullName, "lab.yaml"), text);
        }

        await using var server = await ServerFixture.StartAsync([KeyValuePair.Create("Labs__Directory", (string?)folder.FullName)]);
        using var client = await SignedInAsync(server);
        await server.LabAsync("waits-for-images");

        var page = await Eventually.ShowsAsync(
            () => client.GetStringAsync("/admin/system"), p => p.Contains("networks[0].internet", StringComparison.Ordinal));

        page.ShouldContain(Path.Combine(folder.FullName, "broken"));
        page.ShouldContain("<code>lab.yaml:1:7</code> name:");
        folder.Delete(recursive: true);
    }

    private static async Task<HttpClient> SignedInAsync(ServerFixture server)
    {
        var client = server.Client();
        await client.SendAsync(SessionTests.SignIn(ServerFixture.AdminName, ServerFixture.AdminPassword)).JsonAsync();
        return client;
    }

    private static async Task<string> PostAsync(HttpClient client, string what, string yaml, HttpStatusCode expected)
    {
        var proof = ForgeryToken().Match(await client.GetStringAsync("/labs/import")).Groups["value"].Value;
        using var form = new MultipartFormDataContent
        {
            { new StringContent(proof), "__RequestVerificationToken" },
            { new StringContent(what), "what" },
            { new StringContent(yaml), "yaml" },
        };
        using var answer = await client.PostAsync("/labs/import", form);
        var page = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(expected, page);
        return page;
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<value>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex ForgeryToken();
}
