using System.Text.Json.Serialization;

namespace LabOrchestrator.Server.Backups;

/// <summary>What a backup says of itself; its first file.</summary>
/// <param name="Kind">Always <see cref="Mark"/>.</param>
/// <param name="Format">How the backup is built, <see cref="Newest"/> at most.</param>
/// <param name="CreatedAt">When it was made (UTC).</param>
/// <param name="Installation">Identity of the installation that it is of.</param>
/// <param name="Schema">Number of the database's schema.</param>
/// <param name="Files">The files, by their names in the backup, with the SHA-256 of each in hexadecimal.</param>
internal sealed record BackupManifest(
    [property: JsonRequired] string Kind,
    [property: JsonRequired] int Format,
    DateTimeOffset CreatedAt,
    string Installation,
    int Schema,
    IReadOnlyDictionary<string, string> Files)
{
    /// <summary>By which a backup is told from other files.</summary>
    public const string Mark = "lab-orchestrator-backup";

    /// <summary>The format that this program writes.</summary>
    public const int Newest = 1;
}
