using System.Globalization;
using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;

namespace LabOrchestrator.Images.Uploads;

/// <summary>Takes the disk out of an appliance: the one that the description in the archive names, from the archive and nowhere else.</summary>
public static class OvaArchive
{
    private const long MostDescriptionBytes = 4 << 20;
    private const int BufferBytes = 1 << 20;

    /// <summary>Copies the appliance's disk into a file of its own, unpacked where it is a gzip archive.</summary>
    /// <param name="archive">The appliance; it can seek.</param>
    /// <param name="target">Where the disk goes.</param>
    /// <param name="mostBytes">The most bytes that it may have.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DiskRefusedException">The appliance is damaged, has not one disk, or names files that it does not have.</exception>
    public static async Task ExtractAsync(Stream archive, Stream target, long mostBytes, CancellationToken cancellationToken)
    {
        var files = await TarIndex.ReadAsync(archive, cancellationToken).ConfigureAwait(false);
        var description = files.FirstOrDefault(f => f.Name.EndsWith(".ovf", StringComparison.OrdinalIgnoreCase))
            ?? throw new DiskRefusedException("The archive is no appliance: it has no description (.ovf). Send the disk itself, or export the machine as OVA.");
        if (description.Length > MostDescriptionBytes)
        {
            throw new DiskRefusedException("The appliance's description (.ovf) is longer than any that is one.");
        }

        var name = DiskOf(Read(await DiskContent.ReadAsync(archive, description.Position, (int)description.Length, cancellationToken).ConfigureAwait(false)));
        var disk = files.FirstOrDefault(f => f.Name == name)
            ?? throw new DiskRefusedException(
                $"The appliance's description names the disk \"{TarIndex.Printable(name)}\", which is not in the archive. Export the machine again.");
        await CopyAsync(archive, disk, target, mostBytes, cancellationToken).ConfigureAwait(false);
    }

    private static XElement Read(byte[] description)
    {
        try
        {
            var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MostDescriptionBytes };
            using var reader = XmlReader.Create(new MemoryStream(description), settings);
            return XElement.Load(reader);
        }
        catch (XmlException e)
        {
            throw new DiskRefusedException($"The appliance's description (.ovf) cannot be read: {e.Message}", e);
        }
    }

    // Names of elements and attributes stand in name spaces that differ between the versions of OVF.
    private static string DiskOf(XElement envelope)
    {
        var disks = envelope.Elements().Where(e => e.Name.LocalName == "DiskSection").Elements().Where(e => e.Name.LocalName == "Disk")
            .Where(d => Attribute(d, "fileRef") is { Length: > 0 }).ToList();
        if (disks.Count != 1)
        {
            throw new DiskRefusedException(string.Create(
                CultureInfo.InvariantCulture, $"The appliance has {disks.Count} disks, and an image has one. Export a machine with one disk."));
        }

        if (Attribute(disks[0], "parentRef") is { Length: > 0 })
        {
            throw new DiskRefusedException("The appliance's disk lies upon another one. Consolidate the machine's snapshots, and export it again.");
        }

        var reference = Attribute(disks[0], "fileRef");
        var file = envelope.Elements().Where(e => e.Name.LocalName == "References").Elements()
            .FirstOrDefault(f => f.Name.LocalName == "File" && Attribute(f, "id") == reference)
            ?? throw new DiskRefusedException("The appliance's description does not say where its disk is. Export the machine again.");
        var name = Attribute(file, "href") ?? "";
        if (!TarIndex.IsInside(name))
        {
            throw new DiskRefusedException($"The appliance names a disk outside of its archive, \"{TarIndex.Printable(name)}\". It is refused.");
        }

        return Attribute(file, "chunkSize") is null
            ? name
            : throw new DiskRefusedException("The appliance's disk is cut into several files. Export the machine as OVA with its disk in one file.");
    }

    private static string? Attribute(XElement element, string name) => element.Attributes().FirstOrDefault(a => a.Name.LocalName == name)?.Value;

    private static async Task CopyAsync(Stream archive, TarFile disk, Stream target, long mostBytes, CancellationToken cancellationToken)
    {
        var magic = await DiskContent.ReadAsync(archive, disk.Position, 2, cancellationToken).ConfigureAwait(false);
        archive.Position = disk.Position;
        await using var part = new PartOfStream(archive, disk.Length);
        if (!magic.AsSpan().SequenceEqual<byte>([0x1f, 0x8b]))
        {
            await CopyAsync(part, target, mostBytes, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            await using var unpacked = new GZipStream(part, CompressionMode.Decompress);
            await CopyAsync(unpacked, target, mostBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new DiskRefusedException("The appliance's packed disk is damaged. Export the machine again.", e);
        }
    }

    private static async Task CopyAsync(Stream source, Stream target, long mostBytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        for (long copied = 0; await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count;)
        {
            copied += count;
            if (copied > mostBytes)
            {
                throw new DiskRefusedException("The appliance's disk is larger than what may be stored. Shrink it, or ask an administrator for room.");
            }

            await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
    }
}
