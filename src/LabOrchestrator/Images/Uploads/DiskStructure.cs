using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace LabOrchestrator.Images.Uploads;

/// <summary>
/// Refuses disks that ask for other files, before any tool opens them: a disk that names /etc/shadow as what lies below it would be
/// given that file by every tool that believes it.
/// </summary>
public static partial class DiskStructure
{
    private const int MostDescriptorBytes = 64 << 10;
    private const int FixedDescriptorBytes = 20 * SectorBytes;
    private const int SectorBytes = 512;

    /// <summary>Checks a file and returns how many bytes its guest sees.</summary>
    /// <param name="file">The file; it can seek.</param>
    /// <param name="format">What it is; not <see cref="DiskFormat.Ova"/>.</param>
    /// <param name="mostDiskBytes">The most bytes that the disk may have for its guest.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DiskRefusedException">It asks for other files, is encrypted, damaged or too large.</exception>
    public static async Task<long> CheckAsync(Stream file, DiskFormat format, long mostDiskBytes, CancellationToken cancellationToken)
    {
        var bytes = format switch
        {
            DiskFormat.Qcow2 => await CheckQcow2Async(file, cancellationToken).ConfigureAwait(false),
            DiskFormat.Vmdk => await CheckVmdkAsync(file, cancellationToken).ConfigureAwait(false),
            DiskFormat.Vhdx => await VhdxHeader.ReadAsync(file, cancellationToken).ConfigureAwait(false),
            _ => file.Length,
        };
        CheckSize(bytes, mostDiskBytes);
        return bytes;
    }

    /// <summary>Checks how large a disk is for its guest.</summary>
    /// <exception cref="DiskRefusedException">It is too large, or has no size.</exception>
    public static void CheckSize(long bytes, long most)
    {
        if (bytes <= 0)
        {
            throw new DiskRefusedException("The disk has no size: it is damaged.");
        }

        if (bytes > most)
        {
            throw new DiskRefusedException(
                $"The disk has {GiB(bytes)} GiB for its guest, and at most {GiB(most)} GiB are taken. Shrink it, or ask an administrator to raise Images__DiskBytes.");
        }
    }

    private static async Task<long> CheckQcow2Async(Stream file, CancellationToken cancellationToken)
    {
        const int headerBytes = 104;
        const ulong corrupt = 1 << 1;
        const ulong dataFile = 1 << 2;
        var header = await DiskContent.ReadAsync(file, 0, headerBytes, cancellationToken).ConfigureAwait(false);
        if (header.Length < headerBytes || BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)) is not (2 or 3) and var version)
        {
            throw new DiskRefusedException("The qcow2 disk is of a version that is not known, or is cut off. Convert it anew with qemu-img.");
        }

        version = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
        if (BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(8)) != 0 || BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(16)) != 0)
        {
            throw new DiskRefusedException(
                "The qcow2 disk has a backing file, another disk that it lies upon. Make it one disk (qemu-img convert -O qcow2) and send that.");
        }

        var features = version == 3 ? BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(72)) : 0;
        if ((features & dataFile) != 0)
        {
            throw new DiskRefusedException(
                "The qcow2 disk has its data in another file. Make it one disk (qemu-img convert -O qcow2) and send that.");
        }

        if ((features & corrupt) != 0)
        {
            throw new DiskRefusedException("The qcow2 disk says of itself that it is damaged. Repair it (qemu-img check -r all) and send it again.");
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(32)) != 0)
        {
            throw new DiskRefusedException("The qcow2 disk is encrypted. Send it without encryption.");
        }

        return BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(24));
    }

    private static async Task<long> CheckVmdkAsync(Stream file, CancellationToken cancellationToken)
    {
        const ulong directoryAtTheEnd = ulong.MaxValue;
        var header = await DiskContent.ReadAsync(file, 0, SectorBytes, cancellationToken).ConfigureAwait(false);
        if (header.Length < SectorBytes)
        {
            throw new DiskRefusedException("The VMDK disk is cut off.");
        }

        var sectors = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(12));
        var descriptorAt = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(28));
        var descriptorSectors = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(36));

        // A header without a capacity makes tools read the descriptor for the names of other files.
        if (sectors is <= 0 or > long.MaxValue / SectorBytes)
        {
            throw new DiskRefusedException("The VMDK disk has its data in other files. Make it one file (vmware-vdiskmanager -t 0, or qemu-img convert).");
        }

        if (descriptorAt is not (0 or 1))
        {
            throw new DiskRefusedException("The VMDK disk has its descriptor in an unusual place. Convert it anew (qemu-img convert -O vmdk).");
        }

        // QEMU looks for a parent behind the header, in so many bytes, whatever the header says of a descriptor.
        var length = (int)Math.Max(Math.Clamp(descriptorSectors, 0, MostDescriptorBytes / SectorBytes) * SectorBytes, FixedDescriptorBytes);
        CheckDescriptor(await DiskContent.ReadAsync(file, SectorBytes, length, cancellationToken).ConfigureAwait(false));
        if (BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(56)) == directoryAtTheEnd)
        {
            await CheckFooterAsync(file, sectors, cancellationToken).ConfigureAwait(false);
        }

        return sectors * SectorBytes;
    }

    // Of a disk that was written in one go, the header counts that stands before the last sector.
    private static async Task CheckFooterAsync(Stream file, long sectors, CancellationToken cancellationToken)
    {
        var at = (file.Length / SectorBytes * SectorBytes) - (2 * SectorBytes);
        var footer = at < SectorBytes ? [] : await DiskContent.ReadAsync(file, at, SectorBytes, cancellationToken).ConfigureAwait(false);
        if (footer.Length < SectorBytes || BinaryPrimitives.ReadInt64LittleEndian(footer.AsSpan(12)) != sectors)
        {
            throw new DiskRefusedException("The VMDK disk is cut off: its end says something else than its beginning. Send it again.");
        }
    }

    private static void CheckDescriptor(byte[] bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        if (Parent().Match(text) is { Success: true } parent && !parent.Groups["id"].Value.Equals("ffffffff", StringComparison.OrdinalIgnoreCase)
            || text.Contains("parentFileNameHint", StringComparison.OrdinalIgnoreCase))
        {
            throw new DiskRefusedException("The VMDK disk is a snapshot that lies upon another disk. Consolidate the machine's snapshots, and export it again.");
        }

        if (Extent().Count(text) > 1)
        {
            throw new DiskRefusedException("The VMDK disk has its data in several files. Make it one file (vmware-vdiskmanager -t 0, or qemu-img convert).");
        }
    }

    private static string GiB(long bytes) => ((bytes + (1 << 30) - 1) >> 30).ToString(System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\s*parentCID\s*=\s*(?<id>\w+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Parent();

    [GeneratedRegex(@"^\s*(RW|RDONLY|NOACCESS)\s+\d+\s+\w+", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Extent();
}
