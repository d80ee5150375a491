namespace LabOrchestrator.Labs;

/// <summary>Where labs and their versions are kept.</summary>
public interface ILabStore
{
    /// <summary>
    /// Adds the version and makes it the newest of the lab of that name, creating the lab when there is none.
    /// Adding a version that is already there makes it the newest again. A <paramref name="namespacePrefix"/> of null leaves the
    /// lab's prefix as it is; a new lab then has its name.
    /// </summary>
    Task<Lab> PutAsync(LabDefinition definition, LabFiles files, string? namespacePrefix, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The lab of that identity, or null.</summary>
    Task<Lab?> FindAsync(long id, CancellationToken cancellationToken);

    /// <summary>The lab of that name, or null.</summary>
    Task<Lab?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>All labs, by title.</summary>
    Task<IReadOnlyList<Lab>> ListAsync(CancellationToken cancellationToken);

    /// <summary>A version with its files, or null.</summary>
    Task<LabVersion?> FindVersionAsync(long labId, string hash, CancellationToken cancellationToken);

    /// <summary>The versions of a lab, the newest import first; empty when there is no such lab.</summary>
    Task<IReadOnlyList<LabVersionEntry>> ListVersionsAsync(long labId, CancellationToken cancellationToken);

    /// <summary>A version's definition alone (cached, cheap), or null.</summary>
    Task<LabDefinition?> FindDefinitionAsync(long labId, string hash, CancellationToken cancellationToken);

    /// <summary>Removes a lab from the catalogue; versions that instances refer to stay readable. False when there is none.</summary>
    Task<bool> RemoveAsync(long id, CancellationToken cancellationToken);
}
