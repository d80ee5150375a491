namespace LabOrchestrator.Server.Configuration;

/// <summary>Settings without a section.</summary>
public sealed class GeneralOptions : ICheckedOptions
{
    /// <summary>Folder of the database, keys and certificates. It is made with mode 0700 when it is missing.</summary>
    public string DataDirectory { get; set; } = DefaultDataDirectory();

    /// <inheritdoc/>
    public IEnumerable<string> Check()
    {
        if (!Path.IsPathFullyQualified(DataDirectory))
        {
            yield return $"DataDirectory must be an absolute path, not \"{DataDirectory}\".";
        }
    }

    // The same rule as data_folder in eng/lib.sh.
    private static string DefaultDataDirectory() => Environment.IsPrivilegedProcess
        ? "/var/lib/lab-orchestrator"
        : Path.Combine(UserFolders.Of("XDG_DATA_HOME", ".local/share"), "lab-orchestrator");
}
