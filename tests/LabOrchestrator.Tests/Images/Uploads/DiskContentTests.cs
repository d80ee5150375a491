using System.Text;

namespace LabOrchestrator.Images.Uploads;

public sealed class DiskContentTests
{
    [Fact]
    public async Task Known_formats_are_told_by_what_is_in_them()
    {
        (await DetectAsync([.. "QFI"u8, 0xfb, 0, 0, 0, 3])).ShouldBe(DiskFormat.Qcow2);
        (await DetectAsync([.. "KDMV"u8])).ShouldBe(DiskFormat.Vmdk);
        (await DetectAsync([.. "vhdxfile"u8])).ShouldBe(DiskFormat.Vhdx);
        (await DetectAsync(At(257, "ustar\0"u8))).ShouldBe(DiskFormat.Ova);
        (await DetectAsync(At(0x8001, "CD001"u8))).ShouldBe(DiskFormat.Iso);
        (await DetectAsync(At(510, [0x55, 0xaa]))).ShouldBe(DiskFormat.Raw);
        (await DetectAsync(At(512, "EFI PART"u8))).ShouldBe(DiskFormat.Raw);
    }

    [Fact]
    public async Task A_CD_that_also_boots_from_a_stick_is_a_CD()
    {
        var hybrid = At(0x8001, "CD001"u8);
        (hybrid[510], hybrid[511]) = (0x55, 0xaa);

        (await DetectAsync(hybrid)).ShouldBe(DiskFormat.Iso);
    }

    [Theory]
    [InlineData("PK\u0003\u0004", "zip archive")]
    [InlineData("\u001f\u008b\u0008", "gzip archive")]
    [InlineData("conectix", "VHD disk")]
    [InlineData("<<< Oracle VM VirtualBox Disk Image >>>", "VirtualBox disk")]
    [InlineData("# Disk DescriptorFile\nversion=1", "data is in other files")]
    [InlineData("\u007fELF", "a program")]
    [InlineData("#!/bin/sh\necho no disk\n", "a text")]
    [InlineData("\0\0\0\0", "nothing but zeros")]
    [InlineData("\u0001\u0002\u0003", "neither the mark of a known format")]
    [InlineData("", "nothing but zeros")]
    public async Task What_is_no_disk_is_said_to_be_what_it_looks_like(string beginning, string expected)
    {
        var refusal = await Should.ThrowAsync<DiskRefusedException>(() => DetectAsync(Encoding.Latin1.GetBytes(beginning)));

        refusal.Message.ShouldContain(expected);
        refusal.Message.ShouldContain("Send a qcow2");
    }

    private static byte[] At(int position, ReadOnlySpan<byte> mark)
    {
        var bytes = new byte[position + mark.Length + 4096];
        mark.CopyTo(bytes.AsSpan(position));
        bytes[0] = 1;
        return bytes;
    }

    private static Task<DiskFormat> DetectAsync(byte[] file) => DiskContent.DetectAsync(new MemoryStream(file), TestContext.Current.CancellationToken);
}
