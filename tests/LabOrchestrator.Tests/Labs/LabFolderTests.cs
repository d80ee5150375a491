using System.Diagnostics;

namespace LabOrchestrator.Labs;

public sealed class LabFolderTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("lab-folder-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void All_files_come_with_relative_paths_and_hidden_ones_stay_out()
    {
        Write("lab.yaml", "name: x");
        Write("instructions/pictures/a.png", "png");
        Write(".git/config", "secret");
        Write("instructions/.page.md.swp", "x");

        var files = LabFolder.Read(_root.FullName).Files.ShouldNotBeNull();

        files.Files.Keys.ShouldBe(["instructions/pictures/a.png", "lab.yaml"]);
        files.Definition.ShouldBe("name: x");
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("lab.yaml")]
    [InlineData("/nowhere")]
    [InlineData("/etc")]
    public void Links_are_reported_and_not_followed(string target)
    {
        Write("lab.yaml", "name: x");
        File.CreateSymbolicLink(Path.Combine(_root.FullName, "link"), target);

        var reading = LabFolder.Read(_root.FullName);

        reading.Files.ShouldBeNull();
        reading.Mistakes.ShouldHaveSingleItem().File.ShouldBe("link");
    }

    [Fact]
    public void The_folder_itself_may_be_a_link()
    {
        Write("real/lab.yaml", "name: x");
        var link = Path.Combine(_root.FullName, "link");
        Directory.CreateSymbolicLink(link, Path.Combine(_root.FullName, "real"));

        LabFolder.Read(link).Files!.Definition.ShouldBe("name: x");
    }

    [Fact]
    public void A_pipe_does_not_hold_the_reader_up()
    {
        Process.Start("mkfifo", Path.Combine(_root.FullName, "pipe")).WaitForExit();

        var mistake = LabFolder.Read(_root.FullName).Mistakes.ShouldHaveSingleItem();

        mistake.File.ShouldBe("pipe");
        mistake.Message.ShouldContain("not a regular file");
    }

    [Fact]
    public void A_missing_folder_is_told_so() =>
        LabFolder.Read(Path.Combine(_root.FullName, "nothing")).Mistakes.ShouldHaveSingleItem().Message.ShouldContain("no such folder");

    [Fact]
    public void Large_files_are_not_read_to_their_end()
    {
        using (var file = File.Create(Path.Combine(_root.FullName, "large")))
        {
            file.SetLength(1L << 40);
        }

        LabFolder.Read(_root.FullName).Mistakes.ShouldHaveSingleItem().Message.ShouldContain($"{LabFiles.MaximumBytes}");
    }

    [Fact]
    public void Very_many_files_are_refused()
    {
        for (var i = 0; i < 1001; i++)
        {
            Write($"{i}.md", "");
        }

        LabFolder.Read(_root.FullName).Mistakes.ShouldHaveSingleItem().Message.ShouldContain("1000 files");
    }

    [Fact]
    public void Very_deep_folders_are_refused()
    {
        Write(string.Concat(Enumerable.Repeat("a/", 18)) + "b", "");

        LabFolder.Read(_root.FullName).Mistakes.ShouldHaveSingleItem().Message.ShouldContain("16 deep");
    }

    [Fact]
    public void Names_that_cannot_be_paths_are_refused()
    {
        Write("a\\b", "");

        LabFolder.Read(_root.FullName).Mistakes.ShouldHaveSingleItem().Remedy.ShouldContain("forward slashes");
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(_root.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
