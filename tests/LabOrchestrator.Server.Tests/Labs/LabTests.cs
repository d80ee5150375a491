using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using LabOrchestrator.Conformance;

namespace LabOrchestrator.Server.Tests.Labs;

public sealed class LabTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task The_samples_are_in_the_catalogue()
    {
        using var user = await server.UserAsync("learner");
        await server.LabAsync("waits-for-images");

        await Eventually.ShowsAsync(
            async () => string.Join(' ', (await user.Client.GetAsync("/api/v1/labs").JsonAsync()).EnumerateArray().Select(l => l.GetProperty("name").GetString())),
            names => new[] { "first-steps", "client-and-server" }.All(names.Split(' ').Contains));
    }

    [Fact]
    public async Task An_author_imports_a_zip_reads_its_files_and_removes_the_lab()
    {
        using var author = await server.UserAsync("author", "author");
        await server.LabAsync("waits-for-images");
        using var zip = Zip(("lab.yaml", "name: zipped\ntitle: Zipped\nmachines: [{name: a, image: terminal}]\ninstructions: [docs/one.md]\n"), ("docs/one.md", "# One"));

        var lab = await author.Client.PostAsync("/api/v1/labs?namespacePrefix=other", zip).JsonAsync(HttpStatusCode.Created);

        var address = $"/api/v1/labs/{lab.GetProperty("id").GetInt64()}";
        lab.GetProperty("namespacePrefix").GetString().ShouldBe("other");
        var detail = await author.Client.GetAsync(address).JsonAsync();
        detail.GetProperty("machines")[0].GetProperty("kind").GetString().ShouldBe("Container");
        detail.GetProperty("networks")[0].GetProperty("name").GetString().ShouldBe("lab");
        var versions = await author.Client.GetAsync($"{address}/versions").JsonAsync();
        var files = $"{address}/versions/{versions[0].GetProperty("hash").GetString()}/files";
        (await author.Client.GetAsync(files).JsonAsync()).EnumerateArray().Select(f => f.GetProperty("path").GetString()).ShouldBe(["docs/one.md", "lab.yaml"]);
        using var file = await author.Client.GetAsync($"{files}/docs/one.md");
        (await file.Content.ReadAsStringAsync()).ShouldBe("# One");
        file.Content.Headers.ContentDisposition?.DispositionType.ShouldBe("attachment");
        await author.Client.GetAsync($"{files}/docs/two.md").ProblemAsync(HttpStatusCode.NotFound);
        (await author.Client.DeleteAsync(address).StatusAsync()).ShouldBe(HttpStatusCode.NoContent);
        await author.Client.GetAsync(address).ProblemAsync(HttpStatusCode.NotFound);
        await author.Client.DeleteAsync(address).ProblemAsync(HttpStatusCode.NotFound);
        await author.Client.GetAsync($"{address}/versions").ProblemAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Every_mistake_is_answered_with_its_place()
    {
        using var author = await server.UserAsync("author", "author");
        const string Wrong = "name: wrong\ntitle: Wrong\nmachines:\n  - {name: A_1, image: nothing, memory: 5}\n";

        var problem = await author.Client.PostAsync("/api/v1/labs", Yaml(Wrong)).ProblemAsync(HttpStatusCode.BadRequest);
        var validated = await author.Client.PostAsync("/api/v1/labs/validate", Yaml(Wrong)).JsonAsync();

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(["machines[0].name", "machines[0].image", "machines[0].memory"], ignoreOrder: true);
        problem.GetProperty("mistakes").ToString().ShouldBe(validated.GetProperty("mistakes").ToString());
        problem.GetProperty("mistakes")[0].GetProperty("line").GetInt32().ShouldBe(4);
        problem.GetProperty("mistakes")[0].GetProperty("remedy").GetString().ShouldNotBeNullOrEmpty();
        (await author.Client.PostAsync("/api/v1/labs?namespacePrefix=Not+One", Yaml("name: a")).WrongFieldsAsync()).ShouldContain("namespacePrefix");
        (await author.Client.PostAsync("/api/v1/labs", Zip()).WrongFieldsAsync()).ShouldBe(["lab.yaml"]);
        using var garbage = new ByteArrayContent([1, 2, 3]) { Headers = { ContentType = new MediaTypeHeaderValue("application/zip") } };
        (await author.Client.PostAsync("/api/v1/labs", garbage).WrongFieldsAsync()).ShouldBe(["lab"]);
        await author.Client.PostAsJsonAsync("/api/v1/labs", new { name = "json" }).ProblemAsync(HttpStatusCode.UnsupportedMediaType);
        await author.Client.PostAsync("/api/v1/labs/validate", null).ProblemAsync(HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task An_author_is_warned_of_what_a_start_would_be_refused_for()
    {
        using var author = await server.UserAsync("author", "author");
        await server.LabAsync("waits-for-images");
        const string Outward = "name: outward\ntitle: Outward\nmachines: [{name: a, image: terminal}]\nnetworks:\n  - name: n\n    internet: true\n";

        var validated = await author.Client.PostAsync("/api/v1/labs/validate", Yaml(Outward)).JsonAsync();
        var imported = await author.Client.PostAsync("/api/v1/labs", Yaml(Outward)).JsonAsync(HttpStatusCode.Created);

        validated.GetProperty("mistakes").GetArrayLength().ShouldBe(0);
        var warning = validated.GetProperty("warnings").EnumerateArray().ShouldHaveSingleItem();
        (warning.GetProperty("runtime").GetString(), warning.GetProperty("file").GetString()).ShouldBe(("memory", "lab.yaml"));
        (warning.GetProperty("path").GetString(), warning.GetProperty("line").GetInt32()).ShouldBe(("networks[0].internet", 6));
        imported.GetProperty("warnings").ToString().ShouldBe(validated.GetProperty("warnings").ToString());
        var refusal = await author.Client.PostAsJsonAsync("/api/v1/instances", new { labId = imported.GetProperty("id").GetInt64() })
            .ProblemAsync(HttpStatusCode.Conflict);
        foreach (var word in new[] { "capability", "reason", "remedy" })
        {
            warning.GetProperty(word).GetString().ShouldBe(refusal.GetProperty("missing")[0].GetProperty(word).GetString());
        }

        var plain = await author.Client.PostAsync("/api/v1/labs/validate", Yaml(Outward.Replace("true", "false", StringComparison.Ordinal))).JsonAsync();
        plain.GetProperty("warnings").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Learners_see_labs_without_secrets_and_change_none()
    {
        using var user = await server.UserAsync("learner");
        var id = await server.LabAsync("with-secrets", "instances: {perUser: 2}");

        var detail = await user.Client.GetAsync($"/api/v1/labs/{id}").JsonAsync();

        detail.GetProperty("instancesPerUser").GetInt32().ShouldBe(2);
        detail.ToString().ShouldNotContain("credentials");
        await user.Client.PostAsync("/api/v1/labs", Yaml("name: a")).ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.PostAsync("/api/v1/labs/validate", Yaml("name: a")).ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.DeleteAsync($"/api/v1/labs/{id}").ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.GetAsync($"/api/v1/labs/{id}/versions").ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.GetAsync($"/api/v1/labs/{id}/versions/x/files").ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.GetAsync($"/api/v1/labs/{id}/versions/x/files/lab.yaml").ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.GetAsync("/api/v1/labs/999999").ProblemAsync(HttpStatusCode.NotFound);
        using var nobody = server.Client();
        await nobody.GetAsync("/api/v1/labs").ProblemAsync(HttpStatusCode.Unauthorized);
    }

    private static StringContent Yaml(string text) => new(text, Encoding.UTF8, "application/yaml");

    private static ByteArrayContent Zip(params (string Path, string Text)[] files)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, text) in files)
            {
                using var entry = zip.CreateEntry(path).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return new ByteArrayContent(stream.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/zip") } };
    }
}
