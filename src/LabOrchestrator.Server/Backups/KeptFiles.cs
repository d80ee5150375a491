namespace LabOrchestrator.Server.Backups;

/// <summary>What of an installation is kept outside of its database, and cannot be made anew.</summary>
internal static class KeptFiles
{
    /// <summary>The files that exist: by their names in a backup, where they are.</summary>
    public static Dictionary<string, string> In(string dataDirectory) =>
        Places(dataDirectory).Where(f => File.Exists(f.Value)).ToDictionary();

    /// <summary>All files that there can be.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Places(string dataDirectory) =>
    [
        new("secrets.key", Path.Combine(dataDirectory, "secrets.key")),

        // Browsers were told to trust it.
        new("self-signed.pfx", Path.Combine(dataDirectory, "tls", "self-signed.pfx")),
    ];
}
