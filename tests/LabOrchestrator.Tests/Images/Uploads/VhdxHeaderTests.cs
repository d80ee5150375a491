using System.Buffers.Binary;

namespace LabOrchestrator.Images.Uploads;

public sealed class VhdxHeaderTests
{
    private const int Regions = 192 << 10;
    private const int Metadata = 1 << 20;

    [Fact]
    public async Task The_size_for_the_guest_is_found() => (await CheckAsync(Vhdx())).ShouldBe(40L << 30);

    [Fact]
    public async Task A_disk_that_lies_upon_another_one_is_refused() =>
        (await RefusedAsync(Vhdx(parameters: 2))).ShouldContain("lies upon another one");

    [Fact]
    public async Task Tables_that_lead_nowhere_are_refused()
    {
        (await RefusedAsync(Vhdx()[..Regions])).ShouldContain("cut off");
        (await RefusedAsync(Vhdx(metadataAt: long.MaxValue))).ShouldContain("damaged");
        (await RefusedAsync(Vhdx(metadataAt: -1))).ShouldContain("damaged");
        (await RefusedAsync(Vhdx(itemAt: uint.MaxValue))).ShouldContain("damaged");
        var without = Vhdx();
        without[Metadata] = 0;
        (await RefusedAsync(without)).ShouldContain("damaged");
    }

    private static Task<long> CheckAsync(byte[] file) =>
        DiskStructure.CheckAsync(new MemoryStream(file), DiskFormat.Vhdx, 1L << 40, TestContext.Current.CancellationToken);

    private static async Task<string> RefusedAsync(byte[] file) => (await Should.ThrowAsync<DiskRefusedException>(() => CheckAsync(file))).Message;

    private static byte[] Vhdx(uint parameters = 0, long metadataAt = Metadata, uint itemAt = 65536)
    {
        var file = new byte[Metadata + (128 << 10)];
        "regi"u8.CopyTo(file.AsSpan(Regions));
        file[Regions + 8] = 1;
        new Guid("8b7ca206-4790-4b9a-b8fe-575f050f886e").TryWriteBytes(file.AsSpan(Regions + 16));
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(Regions + 32), metadataAt);
        "metadata"u8.CopyTo(file.AsSpan(Metadata));
        file[Metadata + 10] = 2;
        new Guid("caa16737-fa36-4d43-b3b6-33f0aa44e76b").TryWriteBytes(file.AsSpan(Metadata + 32));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(Metadata + 48), itemAt);
        new Guid("2fa54224-cd1b-4876-b211-5dbed83bf4b8").TryWriteBytes(file.AsSpan(Metadata + 64));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(Metadata + 80), 65544);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(Metadata + 65540), parameters);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(Metadata + 65544), 40L << 30);
        return file;
    }
}
