using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace LabOrchestrator.Images.Uploads;

public sealed class OvaArchiveTests
{
    private static readonly byte[] Disk = [.. "KDMV"u8, .. Enumerable.Range(0, 5000).Select(i => (byte)i)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_disk_that_the_description_names_is_taken_and_no_other()
    {
        var ova = await TarAsync(("other.vmdk", [9, 9]), ("machine.ovf", Ovf("machine-disk1.vmdk")), ("machine-disk1.vmdk", Disk));

        (await ExtractAsync(ova)).ShouldBe(Disk);
    }

    [Fact]
    public async Task A_packed_disk_is_unpacked_but_not_beyond_what_it_may_be()
    {
        var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(Disk, Token);
        }

        var ova = await TarAsync(("m.ovf", Ovf("d.vmdk.gz")), ("d.vmdk.gz", packed.ToArray()));

        (await ExtractAsync(ova)).ShouldBe(Disk);
        (await RefusedAsync(ova, most: Disk.Length - 1)).ShouldContain("larger than");
        (await RefusedAsync(await TarAsync(("m.ovf", Ovf("d.vmdk.gz")), ("d.vmdk.gz", [0x1f, 0x8b, 1, 2, 3])))).ShouldContain("damaged");
    }

    [Theory]
    [InlineData("../../etc/cron.d/evil")]
    [InlineData("/etc/shadow")]
    [InlineData("a/../../b")]
    [InlineData("..\\evil")]
    public async Task A_file_that_would_lie_outside_is_refused(string name)
    {
        (await RefusedAsync(await TarAsync(("m.ovf", Ovf("d.vmdk")), ("d.vmdk", Disk), (name, [1])))).ShouldContain("outside");
        (await RefusedAsync(await TarAsync(("m.ovf", Ovf(name)), ("d.vmdk", Disk)))).ShouldContain("outside");
    }

    [Fact]
    public async Task A_link_is_refused()
    {
        var ova = new MemoryStream();
        await using (var tar = new TarWriter(ova, TarEntryFormat.Ustar, leaveOpen: true))
        {
            await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.SymbolicLink, "d.vmdk") { LinkName = "/etc/shadow" }, Token);
        }

        (await RefusedAsync(ova)).ShouldContain("such as a link");
    }

    [Fact]
    public async Task A_disk_from_elsewhere_or_that_is_missing_is_refused()
    {
        (await RefusedAsync(await TarAsync(("m.ovf", Ovf("http://evil.example.org/disk.vmdk"))))).ShouldContain("outside of its archive");
        (await RefusedAsync(await TarAsync(("m.ovf", Ovf("gone.vmdk"))))).ShouldContain("\"gone.vmdk\"");
        (await RefusedAsync(await TarAsync(("readme.txt", [1])))).ShouldContain("no description");
        (await RefusedAsync(await TarAsync(("m.ovf", Encoding.UTF8.GetBytes("<Envelope/>"))))).ShouldContain("0 disks");
    }

    [Fact]
    public async Task A_description_that_would_have_other_files_read_is_refused()
    {
        var entity = Encoding.UTF8.GetBytes("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><Envelope>&e;</Envelope>");

        (await RefusedAsync(await TarAsync(("m.ovf", entity)))).ShouldContain("cannot be read");
    }

    [Fact]
    public async Task An_archive_that_is_cut_off_or_lies_about_lengths_is_refused()
    {
        var whole = (await TarAsync(("m.ovf", Ovf("d.vmdk")), ("d.vmdk", Disk))).ToArray();

        (await RefusedAsync(new MemoryStream(whole[..3000]))).ShouldContain("cut off");
        whole[124] = 0x80;
        whole.AsSpan(128, 8).Fill(0x7f);
        (await RefusedAsync(new MemoryStream(whole))).ShouldContain("cut off");
        whole.AsSpan(124, 12).Fill(0xff);
        (await RefusedAsync(new MemoryStream(whole))).ShouldContain("cut off");
    }

    private static byte[] Ovf(string href) => Encoding.UTF8.GetBytes($"""
        <?xml version="1.0" encoding="UTF-8"?>
        <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
          <References><File ovf:id="f" ovf:href="{href}"/></References>
          <DiskSection><Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="10"/><Disk ovf:diskId="empty" ovf:capacity="10"/></DiskSection>
        </Envelope>
        """);

    private static async Task<MemoryStream> TarAsync(params (string Name, byte[] Content)[] files)
    {
        var archive = new MemoryStream();
        await using var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true);
        foreach (var (name, content) in files)
        {
            await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) }, Token);
        }

        return archive;
    }

    private static async Task<byte[]> ExtractAsync(Stream ova, long most = 1 << 20)
    {
        var target = new MemoryStream();
        await OvaArchive.ExtractAsync(ova, target, most, Token);
        return target.ToArray();
    }

    private static async Task<string> RefusedAsync(Stream ova, long most = 1 << 20) =>
        (await Should.ThrowAsync<DiskRefusedException>(() => ExtractAsync(ova, most))).Message;
}
