using System.Buffers.Binary;

namespace LabOrchestrator.Images.Uploads;

/// <summary>Tells what a file is by what is in it. Its name says nothing.</summary>
public static class DiskContent
{
    private const int SectorBytes = 512;
    private const int HeadBytes = 2 * SectorBytes;
    private const long CdDescriptorAt = 0x8001;

    // What people send by mistake, by its first bytes, and what they should do instead.
    private static readonly (byte[] Magic, string Meaning)[] Others =
    [
        ([0x1f, 0x8b], "a gzip archive: unpack it and send the disk in it"),
        ([.. "PK\x03\x04"u8], "a zip archive: unpack it and send the disk in it"),
        ([0xfd, .. "7zXZ"u8, 0], "an xz archive: unpack it and send the disk in it"),
        ([0x28, 0xb5, 0x2f, 0xfd], "a zstd archive: unpack it and send the disk in it"),
        ([.. "BZh"u8], "a bzip2 archive: unpack it and send the disk in it"),
        ([.. "7z"u8, 0xbc, 0xaf], "a 7z archive: unpack it and send the disk in it"),
        ([.. "Rar!"u8], "a rar archive: unpack it and send the disk in it"),
        ([.. "conectix"u8], "a VHD disk: convert it to VHDX (Convert-VHD, or qemu-img convert -O vhdx)"),
        ([.. "<<< "u8], "a VirtualBox disk (VDI): export the machine as OVA, or convert it (qemu-img convert -O qcow2)"),
        ([.. "COWD"u8], "a disk of an old VMware ESX: convert it to a sparse VMDK (vmkfstools, or qemu-img convert -O vmdk)"),
        ([.. "# Disk DescriptorFile"u8], "the descriptor of a VMDK disk, whose data is in other files: make it one file (vmware-vdiskmanager -t 0, or qemu-img convert)"),
        ([.. "<?xml"u8], "an XML file, perhaps an OVF: export the machine as one OVA file"),
        ([.. "QED\0"u8], "a QED disk: convert it (qemu-img convert -O qcow2)"),
        ([0x7f, .. "ELF"u8], "a program"),
        ([.. "MZ"u8], "a Windows program"),
        ([.. "%PDF"u8], "a PDF document"),
    ];

    /// <summary>What a file is.</summary>
    /// <param name="file">The file; it can seek.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DiskRefusedException">It is nothing that can become an image; the message says what it looks like.</exception>
    public static async Task<DiskFormat> DetectAsync(Stream file, CancellationToken cancellationToken)
    {
        var head = await ReadAsync(file, 0, HeadBytes, cancellationToken).ConfigureAwait(false);
        if (Known(head) is { } format)
        {
            return format;
        }

        var descriptor = await ReadAsync(file, CdDescriptorAt, 5, cancellationToken).ConfigureAwait(false);
        if (descriptor.AsSpan().SequenceEqual("CD001"u8))
        {
            return DiskFormat.Iso;
        }

        return IsBootable(head) ? DiskFormat.Raw : throw new DiskRefusedException(
            $"The file is no disk that can be used: {Other(head)}. Send a qcow2, VMDK, VHDX or raw disk, an ISO, or an OVA.");
    }

    /// <summary>Reads up to so many bytes from a place; fewer where the file ends.</summary>
    internal static async Task<byte[]> ReadAsync(Stream file, long position, int count, CancellationToken cancellationToken)
    {
        if (position >= file.Length)
        {
            return [];
        }

        var bytes = new byte[count];
        file.Position = position;
        var got = await file.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return got == count ? bytes : bytes[..got];
    }

    private static DiskFormat? Known(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("QFI\xfb"u8[..3]) && head.Length > 3 && head[3] == 0xfb)
        {
            return DiskFormat.Qcow2;
        }

        if (head.StartsWith("KDMV"u8))
        {
            return DiskFormat.Vmdk;
        }

        if (head.StartsWith("vhdxfile"u8))
        {
            return DiskFormat.Vhdx;
        }

        return TarIndex.IsTar(head) ? DiskFormat.Ova : null;
    }

    private static bool IsBootable(ReadOnlySpan<byte> head) =>
        (head.Length >= SectorBytes && BinaryPrimitives.ReadUInt16BigEndian(head[510..]) == 0x55aa)
        || (head.Length >= SectorBytes + 8 && head[SectorBytes..].StartsWith("EFI PART"u8));

    private static string Other(byte[] head)
    {
        foreach (var (magic, meaning) in Others)
        {
            if (head.AsSpan().StartsWith(magic))
            {
                return $"it looks like {meaning}";
            }
        }

        return head.Length == 0 || head.AsSpan().IndexOfAnyExcept((byte)0) < 0
            ? "it begins with nothing but zeros, so nothing would boot from it"
            : head.All(b => b is (>= 0x20 and < 0x7f) or (byte)'\n' or (byte)'\r' or (byte)'\t')
                ? "it looks like a text"
                : "it has neither the mark of a known format nor a partition table";
    }
}
