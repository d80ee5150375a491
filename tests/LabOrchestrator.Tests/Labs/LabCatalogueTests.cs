using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Labs;

public sealed class LabCatalogueTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("lab-catalogue-");
    private readonly InMemoryLabStore _labs = new();
    private readonly InMemoryImageStore _images = new();
    private readonly LabCatalogue _catalogue;

    public LabCatalogueTests()
    {
        var runtimes = new LabRuntimes([new InMemoryLabRuntime(TimeProvider.System)]);
        var warnings = new LabWarnings(runtimes, new RuntimeHealth(runtimes, TimeProvider.System));
        _catalogue = new LabCatalogue(_labs, _images, warnings, TimeProvider.System, NullLogger<LabCatalogue>.Instance);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task An_imported_lab_can_be_found()
    {
        await AddImagesAsync();
        var import = await _catalogue.ImportAsync(Lab("one"), null, LabPublisher.Admin, Token);

        import.Mistakes.ShouldBeEmpty();
        import.Lab.ShouldNotBeNull();
        (await _catalogue.FindAsync("one", Token)).ShouldBe(import.Lab);
        (await _catalogue.FindAsync(import.Lab.Id, Token)).ShouldBe(import.Lab);
        (await _catalogue.ListAsync(Token)).ShouldBe([import.Lab]);
        (await _catalogue.FindDefinitionAsync(import.Lab, Token))!.Name.ShouldBe("one");
    }

    [Fact]
    public async Task A_lab_with_mistakes_is_not_kept()
    {
        var import = await _catalogue.ImportAsync(Lab("one"), null, LabPublisher.Admin, Token);

        import.Lab.ShouldBeNull();
        import.Mistakes.ShouldHaveSingleItem().Path.ShouldBe("machines[0].image");
        (await _catalogue.ListAsync(Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lab_that_writes_to_a_cluster_is_imported_by_admins_only()
    {
        await AddImagesAsync();
        var files = LabFiles.FromDefinition(
            """
            name: one
            title: One
            machines: [{name: a, image: terminal}]
            kubernetes: {objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}]}
            """);

        var refused = await _catalogue.ImportAsync(files, null, LabPublisher.Author, Token);
        refused.Lab.ShouldBeNull();
        refused.Mistakes.ShouldHaveSingleItem().Remedy.ShouldContain("ask an admin");
        (await _catalogue.ListAsync(Token)).ShouldBeEmpty();

        (await _catalogue.ImportAsync(files, null, LabPublisher.Admin, Token)).Lab.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("lab-ubuntu-hacking", true)]
    [InlineData("Lab Ubuntu", false)]
    [InlineData("", false)]
    [InlineData("a-", false)]
    [InlineData("an-extremely-long-prefix-that-leaves-no-room-for-numbers", false)]
    public async Task A_namespace_prefix_is_checked(string prefix, bool isGood)
    {
        await AddImagesAsync();
        var import = await _catalogue.ImportAsync(Lab("one"), prefix, LabPublisher.Admin, Token);

        (import.Lab?.NamespacePrefix == prefix).ShouldBe(isGood);
        import.Mistakes.Select(m => m.Path).ShouldBe(isGood ? [] : ["namespacePrefix"]);
    }

    [Fact]
    public async Task One_bad_folder_loses_nothing_of_the_others()
    {
        await AddImagesAsync();
        WriteLab("good", "good");
        WriteLab("bad", "Not a Name");
        Write("no-lab/README.md", "");
        WriteLab(".hidden", "hidden");

        var imports = await _catalogue.ImportFolderAsync(_root.FullName + "/", Token);

        imports.Select(i => (Path.GetFileName(i.Folder), i.Lab?.Name)).ShouldBe([("bad", null), ("good", "good")]);
        _catalogue.FailedFolders.ShouldHaveSingleItem().Mistakes.ShouldHaveSingleItem().Path.ShouldBe("name");
        (await _catalogue.ListAsync(Token)).ShouldHaveSingleItem().Name.ShouldBe("good");
    }

    [Fact]
    public async Task A_mended_folder_is_no_longer_kept_as_failed()
    {
        await AddImagesAsync();
        WriteLab("lab", "Not a Name");
        await _catalogue.ImportFolderAsync(_root.FullName, Token);
        WriteLab("lab", "lab");

        await _catalogue.ImportFolderAsync(_root.FullName, Token);

        _catalogue.FailedFolders.ShouldBeEmpty();
        (await _catalogue.ListAsync(Token)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_unchanged_folder_makes_no_new_version()
    {
        await AddImagesAsync();
        WriteLab("lab", "lab");
        var first = (await _catalogue.ImportFolderAsync(_root.FullName, Token))[0].Lab;

        var second = (await _catalogue.ImportFolderAsync(_root.FullName, Token))[0].Lab;

        second.ShouldBe(first);
        second!.ImportedAt.ShouldBe(first!.ImportedAt);
    }

    [Fact]
    public async Task Two_folders_with_one_name_are_told_apart()
    {
        await AddImagesAsync();
        WriteLab("a", "lab");
        WriteLab("b", "lab");

        await _catalogue.ImportFolderAsync(_root.FullName, Token);

        var failed = _catalogue.FailedFolders.ShouldHaveSingleItem();
        failed.Folder.ShouldEndWith("/b");
        failed.Mistakes.ShouldHaveSingleItem().Message.ShouldContain("`a`");
    }

    [Fact]
    public async Task A_folder_that_is_a_link_is_not_followed()
    {
        await AddImagesAsync();
        WriteLab("labs/../elsewhere", "lab");
        Directory.CreateDirectory(Path.Combine(_root.FullName, "labs"));
        Directory.CreateSymbolicLink(Path.Combine(_root.FullName, "labs", "link"), Path.Combine(_root.FullName, "elsewhere"));

        var imports = await _catalogue.ImportFolderAsync(Path.Combine(_root.FullName, "labs"), Token);

        imports.ShouldHaveSingleItem().Mistakes.ShouldHaveSingleItem().Message.ShouldContain("link");
    }

    [Fact]
    public async Task A_missing_root_is_kept_as_failed_until_it_is_there()
    {
        var missing = Path.Combine(_root.FullName, "later");
        await _catalogue.ImportFolderAsync(missing, Token);
        _catalogue.FailedFolders.ShouldHaveSingleItem().Folder.ShouldBe(missing);

        Directory.CreateDirectory(missing);
        await _catalogue.ImportFolderAsync(missing, Token);
        _catalogue.FailedFolders.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_removed_lab_is_gone()
    {
        await AddImagesAsync();
        var lab = (await _catalogue.ImportAsync(Lab("one"), null, LabPublisher.Admin, Token)).Lab!;

        (await _catalogue.RemoveAsync(lab.Id, Token)).ShouldBeTrue();
        (await _catalogue.FindAsync("one", Token)).ShouldBeNull();
        (await _catalogue.RemoveAsync(lab.Id, Token)).ShouldBeFalse();
    }

    private static LabFiles Lab(string name) => LabFiles.FromDefinition(Yaml(name));

    private static string Yaml(string name) => $"name: {name}\ntitle: Title\nmachines: [{{name: a, image: terminal}}]\n";

    private void WriteLab(string folder, string name) => Write($"{folder}/lab.yaml", Yaml(name));

    private void Write(string path, string text)
    {
        var full = Path.GetFullPath(Path.Combine(_root.FullName, path));
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private async Task AddImagesAsync()
    {
        foreach (var image in TestImages.All)
        {
            (await _images.AddAsync(image, Token)).ShouldNotBeNull();
        }
    }
}
