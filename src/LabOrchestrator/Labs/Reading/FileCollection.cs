namespace LabOrchestrator.Labs.Reading;

/// <summary>Gathers the files of a lab within its limits.</summary>
internal sealed class FileCollection(MistakeList mistakes)
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _files = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>False once a limit is reached; nothing more should be read then.</summary>
    public bool HasRoom { get; private set; } = true;

    /// <summary>The files, unless there was any mistake.</summary>
    public LabFilesReading ToReading() => new(mistakes.Count == 0 ? new LabFiles(_files) : null, mistakes.ToImmutable());

    /// <summary>Reads a file to its end, but never beyond what a lab may have.</summary>
    public void Add(string path, Stream content)
    {
        if (_files.Count == LabFileLimits.MaximumFiles)
        {
            mistakes.AddOfFile("", LabMistakeKind.TooManyFiles, LabFileLimits.MaximumFiles);
            HasRoom = false;
            return;
        }

        if (ReadBounded(content, LabFiles.MaximumBytes - _bytes) is not { } bytes)
        {
            mistakes.AddOfFile(path, LabMistakeKind.LabTooLarge, LabFiles.MaximumBytes);
            HasRoom = false;
            return;
        }

        _bytes += bytes.Length;
        if (!_files.TryAdd(path, bytes))
        {
            mistakes.AddOfFile(path, LabMistakeKind.DuplicateFile);
        }
    }

    /// <summary>All bytes of a stream; null when there are more than allowed.</summary>
    public static byte[]? ReadBounded(Stream content, long maximum)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 << 10];
        int read;
        while ((read = content.Read(buffer)) > 0)
        {
            if (all.Length + read > maximum)
            {
                return null;
            }

            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }
}
