using LabOrchestrator.Labs.Reading;

namespace LabOrchestrator.Labs;

/// <summary>
/// Collects the files of a lab's folder. Entries whose names begin with a dot are left out. Links below the folder are reported, never
/// followed.
/// </summary>
public static class LabFolder
{
    /// <summary>Reads the folder; the path itself may be a link. Never throws for anything that is in the folder.</summary>
    public static LabFilesReading Read(string path)
    {
        var mistakes = new MistakeList();
        var files = new FileCollection(mistakes);
        var root = new DirectoryInfo(path);
        if (root.Exists)
        {
            ReadFolder(new DirectoryInfo(root.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? root.FullName), "", 0, files, mistakes);
        }
        else
        {
            mistakes.AddOfFile(path, LabMistakeKind.NoFolder);
        }

        return files.ToReading();
    }

    private static void ReadFolder(DirectoryInfo folder, string prefix, int depth, FileCollection files, MistakeList mistakes)
    {
        if (depth > LabFileLimits.MaximumDepth)
        {
            mistakes.AddOfFile(prefix, LabMistakeKind.FolderTooDeep, LabFileLimits.MaximumDepth);
            return;
        }

        foreach (var entry in Entries(folder, prefix, mistakes))
        {
            if (!files.HasRoom)
            {
                return;
            }

            ReadEntry(entry, prefix, depth, files, mistakes);
        }
    }

    private static void ReadEntry(FileSystemInfo entry, string prefix, int depth, FileCollection files, MistakeList mistakes)
    {
        var path = prefix + entry.Name;
        if (entry.LinkTarget is not null)
        {
            mistakes.AddOfFile(path, LabMistakeKind.Link);
        }
        else if (!LabPath.IsInside(path))
        {
            mistakes.AddOfFile(path, LabMistakeKind.UnsafePath, path);
        }
        else if (entry is DirectoryInfo below)
        {
            ReadFolder(below, path + "/", depth + 1, files, mistakes);
        }
        else if (PlainFile.Open(entry.FullName, path, mistakes) is { } content)
        {
            using (content)
            {
                ReadFile(path, content, files, mistakes);
            }
        }
    }

    private static void ReadFile(string path, Stream content, FileCollection files, MistakeList mistakes)
    {
        try
        {
            files.Add(path, content);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            mistakes.AddOfFile(path, LabMistakeKind.Unreadable, problem.Message);
        }
    }

    private static List<FileSystemInfo> Entries(DirectoryInfo folder, string prefix, MistakeList mistakes)
    {
        try
        {
            // One more than a lab may have is enough to say that there are too many.
            return [.. folder.EnumerateFileSystemInfos()
                .Where(e => !e.Name.StartsWith('.'))
                .Take(LabFileLimits.MaximumFiles + 1)
                .OrderBy(e => e.Name, StringComparer.Ordinal)];
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            mistakes.AddOfFile(prefix, LabMistakeKind.Unreadable, problem.Message);
            return [];
        }
    }
}
