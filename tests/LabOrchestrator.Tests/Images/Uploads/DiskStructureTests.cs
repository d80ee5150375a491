using System.Buffers.Binary;
using System.Text;

namespace LabOrchestrator.Images.Uploads;

public sealed class DiskStructureTests
{
    private const long Most = 1L << 30;

    [Fact]
    public async Task An_ordinary_disk_is_accepted()
    {
        await CheckAsync(Qcow2(), DiskFormat.Qcow2);
        await CheckAsync(Vmdk("parentCID=ffffffff\nRW 20480 SPARSE \"disk.vmdk\"\n"), DiskFormat.Vmdk);
        await CheckAsync(new byte[512], DiskFormat.Raw);
    }

    [Fact]
    public async Task A_qcow2_disk_that_asks_for_other_files_is_refused()
    {
        (await RefusedAsync(Qcow2(h => BinaryPrimitives.WriteUInt64BigEndian(h.AsSpan(8), 104)), DiskFormat.Qcow2)).ShouldContain("backing file");
        (await RefusedAsync(Qcow2(h => BinaryPrimitives.WriteUInt32BigEndian(h.AsSpan(16), 11)), DiskFormat.Qcow2)).ShouldContain("backing file");
        (await RefusedAsync(Qcow2(h => h[79] = 1 << 2), DiskFormat.Qcow2)).ShouldContain("data in another file");
    }

    [Fact]
    public async Task A_qcow2_disk_that_cannot_be_read_is_refused()
    {
        (await RefusedAsync(Qcow2(h => h[35] = 2), DiskFormat.Qcow2)).ShouldContain("encrypted");
        (await RefusedAsync(Qcow2(h => h[79] = 1 << 1), DiskFormat.Qcow2)).ShouldContain("damaged");
        (await RefusedAsync(Qcow2(h => h[7] = 9), DiskFormat.Qcow2)).ShouldContain("version");
        (await RefusedAsync(Qcow2()[..50], DiskFormat.Qcow2)).ShouldContain("cut off");
    }

    [Theory]
    [InlineData("parentCID=0badcafe\n", "snapshot")]
    [InlineData("parentCID=ffffffff\nparentFileNameHint=\"/etc/shadow\"\n", "snapshot")]
    [InlineData("RW 1 SPARSE \"a.vmdk\"\nRW 1 FLAT \"/etc/shadow\" 0\n", "several files")]
    public async Task A_VMDK_disk_that_asks_for_other_files_is_refused(string descriptor, string expected) =>
        (await RefusedAsync(Vmdk(descriptor), DiskFormat.Vmdk)).ShouldContain(expected);

    [Fact]
    public async Task A_VMDK_disk_without_a_capacity_is_refused_because_tools_then_follow_its_descriptor() =>
        (await RefusedAsync(Vmdk("RW 1 FLAT \"/etc/shadow\" 0\n", sectors: 0), DiskFormat.Vmdk)).ShouldContain("other files");

    [Fact]
    public async Task A_VMDK_disk_is_read_where_QEMU_reads_it_wherever_its_header_points()
    {
        const string parent = "parentFileNameHint=\"/etc/shadow\"\n";
        (await RefusedAsync(Vmdk(parent, descriptorAt: 0, descriptorSectors: 0), DiskFormat.Vmdk)).ShouldContain("snapshot");
        (await RefusedAsync(Vmdk(parent, descriptorSectors: 0), DiskFormat.Vmdk)).ShouldContain("snapshot");
        (await RefusedAsync(Vmdk(new string('#', 9000) + parent), DiskFormat.Vmdk)).ShouldContain("snapshot");
        (await RefusedAsync(Vmdk("parentCID=ffffffff\n", descriptorAt: 12), DiskFormat.Vmdk)).ShouldContain("unusual place");
        (await RefusedAsync(Vmdk("parentCID=ffffffff\n", descriptorAt: -1), DiskFormat.Vmdk)).ShouldContain("unusual place");
        await CheckAsync(Vmdk("", descriptorAt: 0, descriptorSectors: 0), DiskFormat.Vmdk);
    }

    [Theory]
    [InlineData(20480, null)]
    [InlineData(long.MaxValue / 512, "its end")]
    [InlineData(0, "its end")]
    public async Task A_VMDK_disk_in_one_go_says_at_its_end_what_it_says_at_its_beginning(long sectors, string? expected)
    {
        var file = Vmdk("parentCID=ffffffff\n");
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(56), ulong.MaxValue);
        var footer = file.AsSpan(file.Length - 1024);
        "KDMV"u8.CopyTo(footer);
        BinaryPrimitives.WriteInt64LittleEndian(footer[12..], sectors);
        if (expected is null)
        {
            (await CheckAsync(file, DiskFormat.Vmdk)).ShouldBe(20480 * 512);
            return;
        }

        (await RefusedAsync(file, DiskFormat.Vmdk)).ShouldContain(expected);
    }

    [Theory]
    [InlineData(Most + 1)]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_disk_is_as_large_as_may_be_or_refused(long bytes) =>
        (await RefusedAsync(Qcow2(h => BinaryPrimitives.WriteInt64BigEndian(h.AsSpan(24), bytes)), DiskFormat.Qcow2)).ShouldContain("The disk has");

    private static Task<long> CheckAsync(byte[] file, DiskFormat format) =>
        DiskStructure.CheckAsync(new MemoryStream(file), format, Most, TestContext.Current.CancellationToken);

    private static async Task<string> RefusedAsync(byte[] file, DiskFormat format) =>
        (await Should.ThrowAsync<DiskRefusedException>(() => CheckAsync(file, format))).Message;

    private static byte[] Qcow2(Action<byte[]>? change = null)
    {
        var header = new byte[512];
        "QFI"u8.CopyTo(header);
        (header[3], header[7]) = (0xfb, 3);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(24), Most);
        change?.Invoke(header);
        return header;
    }

    private static byte[] Vmdk(string descriptor, long sectors = 20480, long descriptorAt = 1, long descriptorSectors = 2)
    {
        var file = new byte[32 << 10];
        "KDMV"u8.CopyTo(file);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(12), sectors);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(28), descriptorAt);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(36), descriptorSectors);
        Encoding.ASCII.GetBytes(descriptor).CopyTo(file, 512);
        return file;
    }
}
