using System.Buffers.Binary;

namespace LabOrchestrator.Images.Uploads;

/// <summary>Reads of a VHDX disk how large it is for its guest, and whether it lies upon another one.</summary>
internal static class VhdxHeader
{
    private const long RegionTableAt = 192 << 10;
    private const int TableBytes = 64 << 10;
    private const int MostEntries = 2047;
    private const uint HasParent = 2;

    private static readonly Guid MetadataRegion = new("8b7ca206-4790-4b9a-b8fe-575f050f886e");
    private static readonly Guid FileParameters = new("caa16737-fa36-4d43-b3b6-33f0aa44e76b");
    private static readonly Guid DiskSize = new("2fa54224-cd1b-4876-b211-5dbed83bf4b8");

    /// <summary>The bytes that the guest sees.</summary>
    /// <exception cref="DiskRefusedException">The disk is damaged, or lies upon another one.</exception>
    public static async Task<long> ReadAsync(Stream file, CancellationToken cancellationToken)
    {
        var regions = await DiskContent.ReadAsync(file, RegionTableAt, TableBytes, cancellationToken).ConfigureAwait(false);
        var at = Find(regions, "regi"u8, countAt: 8, firstAt: 16, MetadataRegion, valueAt: 16) is { } region
            ? BinaryPrimitives.ReadInt64LittleEndian(region)
            : throw Damaged();
        if (at <= 0 || at > file.Length)
        {
            throw Damaged();
        }

        var metadata = await DiskContent.ReadAsync(file, at, TableBytes, cancellationToken).ConfigureAwait(false);
        if ((await ItemAsync(file, at, metadata, FileParameters, cancellationToken).ConfigureAwait(false) is var parameters)
            && (BinaryPrimitives.ReadUInt32LittleEndian(parameters.AsSpan(4)) & HasParent) != 0)
        {
            throw new DiskRefusedException("The VHDX disk lies upon another one. Merge the machine's checkpoints, and export it again.");
        }

        return BinaryPrimitives.ReadInt64LittleEndian(await ItemAsync(file, at, metadata, DiskSize, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<byte[]> ItemAsync(Stream file, long at, byte[] metadata, Guid item, CancellationToken cancellationToken)
    {
        const int itemBytes = 8;
        var offset = Find(metadata, "metadata"u8, countAt: 10, firstAt: 32, item, valueAt: 16) is { } entry
            ? BinaryPrimitives.ReadUInt32LittleEndian(entry)
            : throw Damaged();
        var value = await DiskContent.ReadAsync(file, at + offset, itemBytes, cancellationToken).ConfigureAwait(false);
        return value.Length == itemBytes ? value : throw Damaged();
    }

    // Both tables: a signature, a count, and entries of 32 bytes that begin with what they are of.
    private static byte[]? Find(byte[] table, ReadOnlySpan<byte> signature, int countAt, int firstAt, Guid wanted, int valueAt)
    {
        const int entryBytes = 32;
        if (!table.AsSpan().StartsWith(signature) || table.Length < firstAt)
        {
            return null;
        }

        var count = Math.Min(MostEntries, (int)BinaryPrimitives.ReadUInt16LittleEndian(table.AsSpan(countAt)));
        for (var at = firstAt; count > 0 && at + entryBytes <= table.Length; count--, at += entryBytes)
        {
            if (new Guid(table.AsSpan(at, 16)) == wanted)
            {
                return table[(at + valueAt)..(at + entryBytes)];
            }
        }

        return null;
    }

    private static DiskRefusedException Damaged() => new("The VHDX disk is damaged or cut off: its VHDX tables cannot be read. Export it again.");
}
