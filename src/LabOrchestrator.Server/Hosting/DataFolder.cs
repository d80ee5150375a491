using LabOrchestrator.Installations;
using LabOrchestrator.Server.Configuration;

namespace LabOrchestrator.Server.Hosting;

/// <summary>The data directory, held by one server at a time.</summary>
internal sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string _path;
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        _path = path;
        _lock = held;
    }

    /// <summary>Makes the folder where it is missing, and takes it for this process; the kernel gives it back whatever happens to us.</summary>
    /// <exception cref="SettingsException">It cannot be made or written, or another server has it.</exception>
    public static DataFolder Take(string path) => TryTake(path) ?? throw new SettingsException(
        $"Another server uses the data directory \"{path}\": stop that one, or give this one its own {SettingsReader.Prefix}DataDirectory.");

    /// <summary>As <see cref="Take"/>; null when another server has it.</summary>
    /// <exception cref="SettingsException">It cannot be made or written.</exception>
    public static DataFolder? TryTake(string path)
    {
        try
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(
                $"{SettingsReader.Prefix}DataDirectory \"{path}\" could not be made ({e.Message.TrimEnd('.')}): make it for user {Environment.UserName}, or name another folder.");
        }

        try
        {
            return new DataFolder(path, new FileStream(Path.Combine(path, "server.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException)
        {
            throw new SettingsException(
                $"{SettingsReader.Prefix}DataDirectory \"{path}\" cannot be written by user {Environment.UserName}: change its owner, or name another folder.");
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Notes whose folder it is, for <c>eng/clean</c>, which removes this installation's objects while no database runs.</summary>
    public Task NoteAsync(Installation installation, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(Path.Combine(_path, "installation"), $"{installation.Id}\n", cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
