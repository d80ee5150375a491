using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;

namespace LabOrchestrator.Server.Backups;

/// <summary>A backup as a file: a tar archive that begins with its manifest.</summary>
internal static class BackupFile
{
    /// <summary>The database, in the custom format of <c>pg_dump</c>.</summary>
    public const string Database = "database.dump";

    private const string Manifest = "backup.json";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes a backup that only its owner may read; it has its name once it is whole.</summary>
    /// <param name="path">Where; there must be nothing yet.</param>
    /// <param name="manifest">What it says of itself, except for the files.</param>
    /// <param name="files">The files to take, by their names in the backup.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task WriteAsync(
        string path, BackupManifest manifest, IReadOnlyDictionary<string, string> files, CancellationToken cancellationToken)
    {
        var sums = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, source) in files)
        {
            sums[name] = await SumAsync(source, cancellationToken);
        }

        var partial = path + ".partial";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        try
        {
            await using (var file = new FileStream(partial, options))
            {
                File.SetUnixFileMode(partial, OwnerOnly);
                await using (var tar = new TarWriter(file, TarEntryFormat.Pax, leaveOpen: true))
                {
                    using var text = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest with { Files = sums }, Json));
                    await tar.WriteEntryAsync(Entry(Manifest, text), cancellationToken);
                    foreach (var (name, source) in files)
                    {
                        await using var content = File.OpenRead(source);
                        await tar.WriteEntryAsync(Entry(name, content), cancellationToken);
                    }
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: false);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Unpacks a backup into a folder, and looks whether it is whole.</summary>
    /// <exception cref="BackupException">It is no backup, a damaged one, or one of a newer program.</exception>
    public static async Task<BackupManifest> ReadAsync(string path, string folder, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            await using var tar = new TarReader(file);
            var manifest = await ReadManifestAsync(path, await tar.GetNextEntryAsync(cancellationToken: cancellationToken), cancellationToken);
            while (await tar.GetNextEntryAsync(cancellationToken: cancellationToken) is { } entry)
            {
                // Only names that the manifest has, none of which is let out of the folder.
                if (manifest.Files.ContainsKey(entry.Name) && entry.Name == Path.GetFileName(entry.Name))
                {
                    await entry.ExtractToFileAsync(Path.Combine(folder, entry.Name), overwrite: false, cancellationToken);
                    File.SetUnixFileMode(Path.Combine(folder, entry.Name), OwnerOnly);
                }
            }

            foreach (var (name, sum) in manifest.Files)
            {
                var unpacked = Path.Combine(folder, Path.GetFileName(name));
                if (!File.Exists(unpacked) || await SumAsync(unpacked, cancellationToken) != sum)
                {
                    throw new BackupException($"{path} is damaged: its {name} is not what it was. Take another backup.");
                }
            }

            return manifest;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new BackupException($"{path} cannot be read: {e.Message} Name a file that 'make backup' made.", e);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException or JsonException)
        {
            throw new BackupException($"{path} is no backup of the Lab Orchestrator, or a damaged one. Name a file that 'make backup' made.", e);
        }
    }

    private static async Task<BackupManifest> ReadManifestAsync(string path, TarEntry? first, CancellationToken cancellationToken)
    {
        if (first is not { Name: Manifest, DataStream: { Length: < 1 << 20 } text }
            || await JsonSerializer.DeserializeAsync<BackupManifest>(text, Json, cancellationToken) is not { Kind: BackupManifest.Mark } manifest)
        {
            throw new InvalidDataException();
        }

        return manifest.Format > BackupManifest.Newest
            ? throw new BackupException($"{path} was made by a newer program. Bring this one up to date, and try again.")
            : manifest.Files?.ContainsKey(Database) == true ? manifest : throw new InvalidDataException();
    }

    private static PaxTarEntry Entry(string name, Stream content) =>
        new(TarEntryType.RegularFile, name) { Mode = OwnerOnly, DataStream = content };

    private static async Task<string> SumAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }
}
