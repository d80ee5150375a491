using LabOrchestrator.Conformance;
using LabOrchestrator.Images;

namespace LabOrchestrator.Server.Tests.Images;

public sealed class CatalogueFillingTests : IDisposable
{
    private readonly DirectoryInfo _labs = Directory.CreateTempSubdirectory("late-labs");

    public void Dispose() => _labs.Delete(recursive: true);

    [Fact]
    public async Task A_lab_whose_image_is_built_or_added_later_can_be_started_without_a_restart()
    {
        WriteLab("late", "late-image");
        WriteLab("added", "added-image");
        var source = new BuiltImages();
        await using var server = await ServerFixture.StartAsync(
            [KeyValuePair.Create("Labs__Directory", (string?)_labs.FullName)], b => b.Services.AddSingleton<IImageSource>(source));
        using var admin = await server.AdminAsync();
        await Eventually.ShowsAsync(() => admin.GetStringAsync("/api/v1/system"), s => s.Contains("late-image", StringComparison.Ordinal) && s.Contains("added-image", StringComparison.Ordinal));

        source.Images = [new(0, "late-image", "lab-orchestrator/late-image:1", ImageKind.Container, "")];
        await admin.PostAsJsonAsync("/api/v1/images", new { name = "added-image", reference = "added-image:1", kind = "container" }).JsonAsync(System.Net.HttpStatusCode.Created);

        var labs = await Eventually.ShowsAsync(() => admin.GetStringAsync("/api/v1/labs"), l =>
            l.Contains("\"late\"", StringComparison.Ordinal) && l.Contains("\"added\"", StringComparison.Ordinal));
        labs.ShouldNotBeEmpty();
        (await admin.GetStringAsync("/api/v1/system")).ShouldNotContain("late-image");
        var lab = (await admin.GetAsync("/api/v1/labs").JsonAsync()).EnumerateArray().Single(l => l.GetProperty("name").GetString() == "late");
        await admin.PostAsJsonAsync("/api/v1/instances", new { labId = lab.GetProperty("id").GetInt64() }).JsonAsync(System.Net.HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task The_kind_of_an_image_follows_its_label_and_all_else_stays_as_the_admin_wants_it()
    {
        var source = new BuiltImages { Images = [new(0, "box", "lab-orchestrator/box:1", ImageKind.Container, "As built")] };
        await using var server = await ServerFixture.StartAsync(change: b => b.Services.AddSingleton<IImageSource>(source));
        using var admin = await server.AdminAsync();
        await Eventually.ShowsAsync(() => admin.GetStringAsync("/api/v1/images"), i => i.Contains("As built", StringComparison.Ordinal));
        var id = (await admin.GetAsync("/api/v1/images").JsonAsync()).EnumerateArray().Single(i => i.GetProperty("name").GetString() == "box").GetProperty("id").GetInt64();
        await admin.PutAsJsonAsync($"/api/v1/images/{id}", new { name = "box", reference = "lab-orchestrator/box:1", kind = "container", description = "As wanted" }).JsonAsync();

        source.Images = [new(0, "box", "lab-orchestrator/box:1", ImageKind.Vm, "Built anew")];

        var image = await Eventually.ShowsAsync(() => admin.GetStringAsync($"/api/v1/images/{id}"), i => i.Contains("\"Vm\"", StringComparison.Ordinal));
        image.ShouldContain("As wanted");
    }

    [Fact]
    public async Task An_unexpected_error_of_an_engine_ends_neither_the_server_nor_the_looking_for_images()
    {
        var source = new BuiltImages { Images = [new(0, "box", "lab-orchestrator/box:1", ImageKind.Container, "")], Trouble = new InvalidOperationException("No answer fits.") };
        await using var server = await ServerFixture.StartAsync(change: b => b.Services.AddSingleton<IImageSource>(source));
        using var admin = await server.AdminAsync();

        await Eventually.ShowsAsync(() => admin.GetStringAsync("/api/v1/images"), i => i.Contains("\"box\"", StringComparison.Ordinal));

        source.Trouble.ShouldBeNull("control: it was met");
    }

    private void WriteLab(string name, string image)
    {
        var folder = _labs.CreateSubdirectory(name);
        File.WriteAllText(Path.Combine(folder.FullName, "lab.yaml"), $"name: {name}\ntitle: {name}\nmachines: [{{name: a, image: {image}}}]\n");
    }

    private sealed class BuiltImages : IImageSource
    {
        public IReadOnlyList<Image> Images { get; set; } = [];

        /// <summary>Thrown once.</summary>
        public Exception? Trouble { get; set; }

        public Task<IReadOnlyList<Image>> ListAsync(CancellationToken cancellationToken)
        {
            var trouble = Trouble;
            Trouble = null;
            return trouble is null ? Task.FromResult(Images) : Task.FromException<IReadOnlyList<Image>>(trouble);
        }
    }
}
