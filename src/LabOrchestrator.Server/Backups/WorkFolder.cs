namespace LabOrchestrator.Server.Backups;

/// <summary>A folder for what is in the making; it lies in the data directory, where there is room for the database, and goes with this object.</summary>
internal sealed class WorkFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string _path;

    /// <exception cref="BackupException">The data directory cannot be written.</exception>
    public WorkFolder(string dataDirectory)
    {
        _path = Path.Combine(dataDirectory, $".work-{Path.GetRandomFileName()}");
        try
        {
            Directory.CreateDirectory(_path, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"{dataDirectory} cannot be written: {e.Message} Run this as the user who runs the server.", e);
        }
    }

    /// <summary>Where a file of the folder is.</summary>
    public string File(string name) => Path.Combine(_path, name);

    /// <summary>The folder.</summary>
    public override string ToString() => _path;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_path, recursive: true);
}
