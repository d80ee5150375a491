using System.IO.Compression;
using LabOrchestrator.Labs.Reading;

namespace LabOrchestrator.Labs;

/// <summary>
/// Collects the files of a lab from a zip archive. Where everything lies in one folder, that folder is taken as the lab's; entries whose
/// names begin with a dot, and those that macOS adds, are left out.
/// </summary>
public static class LabArchive
{
    private const int UnixTypeMask = 0xF000;
    private const int UnixFile = 0x8000;
    private const int MaximumDirectoryEntries = 20_000;

    /// <summary>Reads the archive from where the stream stands. Never throws for anything that is in the archive.</summary>
    public static LabFilesReading Read(Stream archive)
    {
        var mistakes = new MistakeList();
        var files = new FileCollection(mistakes);
        if (FileCollection.ReadBounded(archive, LabFiles.MaximumBytes) is { } bytes)
        {
            ReadArchive(bytes, files, mistakes);
        }
        else
        {
            mistakes.AddOfFile("", LabMistakeKind.ArchiveTooLarge, LabFiles.MaximumBytes);
        }

        return files.ToReading();
    }

    private static void ReadArchive(byte[] bytes, FileCollection files, MistakeList mistakes)
    {
        // The library makes an object of every entry before anything can be counted.
        if (bytes.AsSpan().Count("PK\u0001\u0002"u8) > MaximumDirectoryEntries)
        {
            mistakes.AddOfFile("", LabMistakeKind.TooManyFiles, LabFileLimits.MaximumFiles);
            return;
        }

        try
        {
            using var zip = new ZipArchive(new MemoryStream(bytes), ZipArchiveMode.Read);
            var entries = zip.Entries.Where(e => !e.FullName.EndsWith('/') && !IsLeftOut(e.FullName)).ToList();
            var folder = CommonFolder(entries);
            foreach (var entry in entries)
            {
                if (!files.HasRoom)
                {
                    return;
                }

                ReadEntry(entry, entry.FullName[folder.Length..], files, mistakes);
            }
        }
        catch (Exception problem) when (IsDamage(problem))
        {
            mistakes.AddOfFile("", LabMistakeKind.ArchiveDamaged, problem.Message);
        }
    }

    private static void ReadEntry(ZipArchiveEntry entry, string path, FileCollection files, MistakeList mistakes)
    {
        var type = (entry.ExternalAttributes >> 16) & UnixTypeMask;
        if (!LabPath.IsInside(path))
        {
            mistakes.AddOfFile(path, LabMistakeKind.UnsafePath, path);
        }
        else if (type is not (0 or UnixFile))
        {
            mistakes.AddOfFile(path, LabMistakeKind.NotAFile);
        }
        else
        {
            try
            {
                using var content = entry.Open();
                files.Add(path, content);
            }
            catch (Exception problem) when (IsDamage(problem))
            {
                mistakes.AddOfFile(path, LabMistakeKind.ArchiveDamaged, problem.Message);
            }
        }
    }

    private static string CommonFolder(List<ZipArchiveEntry> entries)
    {
        var slash = entries.Count == 0 ? -1 : entries[0].FullName.IndexOf('/');
        var folder = slash < 0 ? "" : entries[0].FullName[..(slash + 1)];
        return folder is not ("" or "/" or "./" or "../") && entries.TrueForAll(e => e.FullName.StartsWith(folder, StringComparison.Ordinal))
            ? folder
            : "";
    }

    private static bool IsLeftOut(string path) =>
        path.StartsWith("__MACOSX/", StringComparison.Ordinal)
        || path.Split('/').Any(part => part.StartsWith('.') && part is not ("." or ".."));

    private static bool IsDamage(Exception problem) =>
        problem is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException or InvalidOperationException;
}
