using System.Collections.Concurrent;
using System.Collections.Immutable;
using LabOrchestrator.Images;
using LabOrchestrator.Labs.Reading;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Labs;

/// <summary>The labs of an installation: imports them, and finds them again.</summary>
public sealed partial class LabCatalogue(ILabStore labs, IImageStore images, LabWarnings warnings, TimeProvider time, ILogger<LabCatalogue> logger)
{
    private readonly ConcurrentDictionary<string, string> _warned = new(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, LabFolderImport> _folders =
        ImmutableSortedDictionary<string, LabFolderImport>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>The folders whose last import found mistakes; nothing of them was imported.</summary>
    public IReadOnlyList<LabFolderImport> FailedFolders => [.. _folders.Values.Where(f => f.Lab is null)];

    /// <summary>Reads a lab against the images of the catalogue without keeping it.</summary>
    public async Task<LabReading> ValidateAsync(LabFiles files, CancellationToken cancellationToken) =>
        LabReader.Read(files, await images.ListAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Makes the files the newest version of the lab they name. <paramref name="namespacePrefix"/> is the first part of its instances'
    /// names on a cluster; null leaves the lab's, or takes its name. Some labs only an admin may import.
    /// </summary>
    public async Task<LabImport> ImportAsync(LabFiles files, string? namespacePrefix, LabPublisher publisher, CancellationToken cancellationToken)
    {
        var reading = await ValidateAsync(files, cancellationToken).ConfigureAwait(false);
        var import = await StoreAsync(reading, files, namespacePrefix, publisher, cancellationToken).ConfigureAwait(false);
        return import.Lab is null
            ? import
            : import with { Warnings = await warnings.OfAsync(reading.Requirements, cancellationToken).ConfigureAwait(false) };
    }

    /// <summary>
    /// Imports every folder below <paramref name="root"/> that has a <c>lab.yaml</c>. What is the newest version already is left as it is;
    /// a folder with mistakes is logged and kept in <see cref="FailedFolders"/>, and the others are imported all the same. What the
    /// configured runtimes lack for a lab is logged when it is not what was logged before.
    /// </summary>
    public async Task<ImmutableArray<LabFolderImport>> ImportFolderAsync(string root, CancellationToken cancellationToken)
    {
        root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        var imports = ImmutableArray.CreateBuilder<LabFolderImport>();
        foreach (var folder in FoldersBelow(root, imports))
        {
            imports.Add(await ImportOneAsync(folder, imports, cancellationToken).ConfigureAwait(false));
        }

        foreach (var failed in imports.Where(i => i.Lab is null))
        {
            LogFailedFolder(failed.Folder, failed.Mistakes.Length, string.Join(Environment.NewLine, failed.Mistakes));
        }

        ImmutableInterlocked.Update(ref _folders, known => known
            .RemoveRange(known.Keys.Where(k => k == root || Path.GetDirectoryName(k) == root))
            .SetItems(imports.Select(i => KeyValuePair.Create(i.Folder, i))));
        await WarnAsync(imports, cancellationToken).ConfigureAwait(false);
        return imports.ToImmutable();
    }

    /// <summary>The imported folders whose labs require what a configured runtime lacks now.</summary>
    public async Task<IReadOnlyList<LabFolderWarnings>> ListWarnedFoldersAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<LabFolderImport> folders = [.. _folders.Values];
        var found = await warnings.OfAsync([.. folders.Select(f => f.Requirements)], cancellationToken).ConfigureAwait(false);
        return [.. folders.Zip(found, (folder, warned) => new LabFolderWarnings(folder.Folder, warned)).Where(w => !w.Warnings.IsEmpty)];
    }

    /// <summary>Takes a lab out of the catalogue; its running instances go on. False when there is none.</summary>
    public Task<bool> RemoveAsync(long id, CancellationToken cancellationToken) => labs.RemoveAsync(id, cancellationToken);

    /// <summary>The lab of that identity, or null.</summary>
    public Task<Lab?> FindAsync(long id, CancellationToken cancellationToken) => labs.FindAsync(id, cancellationToken);

    /// <summary>The lab of that name, or null.</summary>
    public Task<Lab?> FindAsync(string name, CancellationToken cancellationToken) => labs.FindAsync(name, cancellationToken);

    /// <summary>All labs, by title.</summary>
    public Task<IReadOnlyList<Lab>> ListAsync(CancellationToken cancellationToken) => labs.ListAsync(cancellationToken);

    /// <summary>Definition of a lab's newest version.</summary>
    public Task<LabDefinition?> FindDefinitionAsync(Lab lab, CancellationToken cancellationToken) =>
        labs.FindDefinitionAsync(lab.Id, lab.Version, cancellationToken);

    /// <summary>Whether a text can be a namespace prefix.</summary>
    public static bool IsNamespacePrefix(string text) =>
        text.Length is > 0 and <= LabFormat.MaximumLabName && LabFormat.LabName.Matches(text);

    private async Task<LabImport> StoreAsync(
        LabReading reading, LabFiles files, string? namespacePrefix, LabPublisher publisher, CancellationToken cancellationToken)
    {
        if (namespacePrefix is not null && !IsNamespacePrefix(namespacePrefix))
        {
            var mistake = MistakeList.Mistake(
                "", 0, 0, "namespacePrefix", LabMistakeKind.NamespacePrefix, namespacePrefix, LabFormat.LabName.Meaning);
            return new LabImport(null, reading.Mistakes.Insert(0, mistake));
        }

        if (reading.Definition is not { } definition)
        {
            return new LabImport(null, reading.Mistakes);
        }

        if (publisher != LabPublisher.Admin && definition.WritesToCluster)
        {
            return new LabImport(null, [MistakeList.Mistake(LabFiles.DefinitionPath, 0, 0, "kubernetes", LabMistakeKind.OnlyForAdmins)]);
        }

        var lab = await labs.PutAsync(definition, files, namespacePrefix, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        LogImported(lab.Name, lab.Version);
        return new LabImport(lab, []);
    }

    private async Task<LabFolderImport> ImportOneAsync(
        string folder, IReadOnlyCollection<LabFolderImport> before, CancellationToken cancellationToken)
    {
        if (new DirectoryInfo(folder).LinkTarget is not null)
        {
            return new LabFolderImport(folder, null, [MistakeList.Mistake("", 0, 0, "", LabMistakeKind.Link)]);
        }

        var collected = LabFolder.Read(folder);
        if (collected.Files is not { } files)
        {
            return new LabFolderImport(folder, null, collected.Mistakes);
        }

        var reading = await ValidateAsync(files, cancellationToken).ConfigureAwait(false);
        if (reading.Definition is not { } definition)
        {
            return new LabFolderImport(folder, null, reading.Mistakes);
        }

        if (before.FirstOrDefault(i => i.Lab?.Name == definition.Name) is { } other)
        {
            var mistake = MistakeList.Mistake(
                LabFiles.DefinitionPath, 0, 0, "name", LabMistakeKind.NameInOtherFolder, definition.Name, Path.GetFileName(other.Folder));
            return new LabFolderImport(folder, null, [mistake]);
        }

        if (await labs.FindAsync(definition.Name, cancellationToken).ConfigureAwait(false) is { } known && known.Version == files.Hash)
        {
            return new LabFolderImport(folder, known, []) { Requirements = reading.Requirements };
        }

        var import = await StoreAsync(reading, files, null, LabPublisher.Admin, cancellationToken).ConfigureAwait(false);
        return new LabFolderImport(folder, import.Lab, import.Mistakes) { Requirements = import.Lab is null ? [] : reading.Requirements };
    }

    // Folders are imported again whenever an image has come; what was said then need not be said again.
    private async Task WarnAsync(IReadOnlyList<LabFolderImport> imports, CancellationToken cancellationToken)
    {
        var all = await warnings.OfAsync([.. imports.Select(i => i.Requirements)], cancellationToken).ConfigureAwait(false);
        foreach (var (import, found) in imports.Zip(all))
        {
            var text = string.Join(Environment.NewLine, found);
            if (_warned.GetValueOrDefault(import.Folder, "") != text)
            {
                _warned[import.Folder] = text;
                if (text.Length > 0)
                {
                    LogWarnings(import.Folder, text);
                }
            }
        }
    }

    private static List<string> FoldersBelow(string root, ImmutableArray<LabFolderImport>.Builder imports)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(root)
                .Where(f => !Path.GetFileName(f).StartsWith('.') && File.Exists(Path.Combine(f, LabFiles.DefinitionPath)))
                .Order(StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            imports.Add(new LabFolderImport(root, null, [MistakeList.Mistake("", 0, 0, "", LabMistakeKind.NoFolder)]));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            imports.Add(new LabFolderImport(root, null, [MistakeList.Mistake("", 0, 0, "", LabMistakeKind.Unreadable, problem.Message)]));
        }

        return [];
    }

    [LoggerMessage(201, LogLevel.Information, "Lab {Name} is now at version {Version}.")]
    private partial void LogImported(string name, string version);

    [LoggerMessage(202, LogLevel.Warning, "The lab in {Folder} was not imported; it has {Count} mistakes:\n{Mistakes}")]
    private partial void LogFailedFolder(string folder, int count, string mistakes);

    [LoggerMessage(203, LogLevel.Warning, "The lab in {Folder} cannot be started everywhere:\n{Warnings}")]
    private partial void LogWarnings(string folder, string warnings);
}
