using System.IO.Compression;
using System.Text;

namespace LabOrchestrator.Labs;

public sealed class LabArchiveTests
{
    [Fact]
    public void All_files_come_with_their_paths() =>
        Read(Zip(("lab.yaml", "name: x"), ("pages/01.md", "# One")))
            .Files!.Files.Keys.ShouldBe(["lab.yaml", "pages/01.md"]);

    [Fact]
    public void One_folder_around_everything_is_taken_off() =>
        Read(Zip(("my-lab/", ""), ("my-lab/lab.yaml", "name: x"), ("my-lab/pages/01.md", ""), ("__MACOSX/my-lab/._lab.yaml", ""), ("my-lab/.DS_Store", "")))
            .Files!.Files.Keys.ShouldBe(["lab.yaml", "pages/01.md"]);

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a\\..\\b")]
    [InlineData("C:\\evil")]
    [InlineData("./../evil")]
    public void Entries_that_leave_the_folder_are_refused(string path)
    {
        var reading = Read(Zip(("lab.yaml", "name: x"), (path, "x")));

        reading.Files.ShouldBeNull();
        reading.Mistakes.ShouldHaveSingleItem().Remedy.ShouldContain("relative path");
    }

    [Fact]
    public void Entries_that_all_leave_the_folder_are_refused() =>
        Read(Zip(("../a", "x"), ("../b", "x"))).Mistakes.Length.ShouldBe(2);

    [Fact]
    public void Links_and_devices_are_refused()
    {
        var bytes = Zip(entry => entry.ExternalAttributes = unchecked((int)(0xA1FFu << 16)), ("lab.yaml", "/etc/passwd"));

        Read(bytes).Mistakes.ShouldHaveSingleItem().Message.ShouldContain("not a regular file");
    }

    [Fact]
    public void A_file_that_comes_twice_is_refused() =>
        Read(Zip(("lab.yaml", "a"), ("lab.yaml", "b"))).Mistakes.ShouldHaveSingleItem().Message.ShouldContain("twice");

    [Fact]
    public void A_bomb_is_not_unpacked_to_its_end()
    {
        var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("zeros", CompressionLevel.Fastest).Open();
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 100; i++)
            {
                entry.Write(zeros);
            }
        }

        memory.Length.ShouldBeLessThan(1 << 20);
        Read(memory.ToArray()).Mistakes.ShouldHaveSingleItem().Message.ShouldContain($"{LabFiles.MaximumBytes}");
    }

    [Fact]
    public void Very_many_entries_are_refused() =>
        Read(Zip([.. Enumerable.Range(0, 1001).Select(n => ($"{n}", ""))])).Mistakes.ShouldHaveSingleItem().Message.ShouldContain("1000 files");

    [Fact]
    public void A_directory_of_very_many_entries_is_refused_before_it_is_read() =>
        Read(Enumerable.Repeat("PK\u0001\u0002"u8.ToArray(), 30_000).SelectMany(b => b).ToArray())
            .Mistakes.ShouldHaveSingleItem().Message.ShouldContain("1000 files");

    [Fact]
    public void A_large_upload_is_refused() =>
        Read(new byte[LabFiles.MaximumBytes + 1]).Mistakes.ShouldHaveSingleItem().Message.ShouldContain($"{LabFiles.MaximumBytes}");

    [Theory]
    [InlineData("")]
    [InlineData("this is no archive")]
    [InlineData("PK\u0005\u0006")]
    public void What_is_no_archive_is_told_so(string text) =>
        Read(Encoding.UTF8.GetBytes(text)).Mistakes.ShouldHaveSingleItem().Remedy.ShouldContain("zip");

    [Fact]
    public void A_damaged_archive_never_throws()
    {
        var good = Zip(("lab.yaml", new string('n', 300)), ("pages/01.md", "# One"));
        var random = new Random(20261005);
        var damaged = 0;
        for (var i = 0; i < 3000; i++)
        {
            var bytes = good.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var reading = Read(bytes[..random.Next(bytes.Length / 2, bytes.Length + 1)]);
            (reading.Files is null).ShouldBe(reading.Mistakes.Length > 0);
            damaged += reading.Mistakes.Length > 0 ? 1 : 0;
        }

        damaged.ShouldBeInRange(1500, 3000);
    }

    private static LabFilesReading Read(byte[] bytes) => LabArchive.Read(new MemoryStream(bytes));

    private static byte[] Zip(params (string Path, string Text)[] files) => Zip(_ => { }, files);

    private static byte[] Zip(Action<ZipArchiveEntry> change, params (string Path, string Text)[] files)
    {
        var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, text) in files)
            {
                var entry = zip.CreateEntry(path);
                change(entry);
                using var content = entry.Open();
                content.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return memory.ToArray();
    }
}
