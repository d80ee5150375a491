namespace LabOrchestrator.Labs;

/// <summary>A lab in the catalogue: a name and its newest version.</summary>
/// <param name="Id">Identity in the store.</param>
/// <param name="Name">The lab's key, a DNS label.</param>
/// <param name="Title">Title of the newest version.</param>
/// <param name="Description">Description of the newest version.</param>
/// <param name="Version">Content hash of the newest version.</param>
/// <param name="ImportedAt">When that version came in (UTC).</param>
public sealed record Lab(long Id, string Name, string Title, string Description, string Version, DateTimeOffset ImportedAt)
{
    /// <summary>First part of an instance's name on a cluster; the prototype's <c>namespace_prefix</c>, else the lab's name.</summary>
    public string NamespacePrefix { get; init; } = Name;
}

/// <summary>An immutable version of a lab.</summary>
/// <param name="LabId">The lab it belongs to.</param>
/// <param name="Hash">Content hash of all its files.</param>
/// <param name="Definition">The definition as it was read when the version came in.</param>
/// <param name="Files">All files.</param>
public sealed record LabVersion(long LabId, string Hash, LabDefinition Definition, LabFiles Files);

/// <summary>A version in a list.</summary>
/// <param name="Hash">Content hash of all its files.</param>
/// <param name="ImportedAt">When it last came in (UTC).</param>
public sealed record LabVersionEntry(string Hash, DateTimeOffset ImportedAt);
