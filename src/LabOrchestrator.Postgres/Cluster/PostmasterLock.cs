using System.Globalization;

namespace LabOrchestrator.Postgres.Cluster;

/// <summary>
/// A file by which a postmaster says that it has a cluster or a socket. It stays when the whole machine goes down, and then the process
/// with its number can be anybody's.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class PostmasterLock(string path)
{
    // The postmaster's number, its data folder and its start: the same in each of its files.
    private const int TellingLines = 3;

    /// <summary>Whether the postmaster that wrote it still lives.</summary>
    public bool IsHeld() => Read() is { } lines && IsWriter(lines);

    /// <summary>
    /// Removes it where another process has its number by now: PostgreSQL would take that one for the file's postmaster, and not start.
    /// </summary>
    public void RemoveIfAnothers()
    {
        if (Read() is { } lines && Directory.Exists($"/proc/{lines[0]}") && !IsWriter(lines))
        {
            File.Delete(path);
        }
    }

    private string[]? Read()
    {
        try
        {
            var lines = File.ReadLines(path).Take(TellingLines).ToArray();
            return lines.Length == TellingLines && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out _) ? lines : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsWriter(string[] lines)
    {
        var process = $"/proc/{lines[0]}";
        try
        {
            return File.ReadAllText($"{process}/comm").Trim() == "postgres" && WorksIn(process, lines);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // A postmaster works in its data folder, where this very file then is.
    private static bool WorksIn(string process, string[] lines)
    {
        try
        {
            return File.ReadLines($"{process}/cwd/postmaster.pid").Take(TellingLines).SequenceEqual(lines);
        }
        catch (UnauthorizedAccessException)
        {
            // Another user's process, and we are a root who may not look, as in containers: its command names the folder too.
            return File.ReadAllText($"{process}/cmdline").Split('\0').Contains(lines[1]);
        }
    }
}
