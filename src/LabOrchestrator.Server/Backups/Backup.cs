using LabOrchestrator.Postgres.Backups;
using LabOrchestrator.Postgres.Cluster;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Server.Backups;

/// <summary>Saves an installation to a file, whether its server runs or not.</summary>
internal sealed class Backup(Settings settings, TimeProvider time)
{
    private readonly string _data = settings.General.DataDirectory;

    /// <summary>Makes the backup.</summary>
    /// <param name="path">Where; null for a name with date and time in the current folder.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="BackupException">It cannot be made.</exception>
    /// <exception cref="PostgresSetupException">The database cannot be dumped.</exception>
    public async Task<string> MakeAsync(string? path, CancellationToken cancellationToken)
    {
        path = Path.GetFullPath(path ?? $"lab-orchestrator-{time.GetLocalNow():yyyyMMdd-HHmmss}.tar");
        if (Path.Exists(path))
        {
            throw new BackupException($"{path} exists already. Name another file.");
        }

        if (!File.Exists(Path.Combine(_data, "server.lock")))
        {
            throw new BackupException(
                $"There is nothing to back up: no server ever started on {_data}. Set {SettingsReader.Prefix}DataDirectory to the folder that it uses.");
        }

        using var work = new WorkFolder(_data);

        // Null while the server runs, whose database runs too then. Held, it keeps a server from starting while we run the database.
        using var folder = DataFolder.TryTake(_data);
        await using var cluster = string.IsNullOrWhiteSpace(settings.Postgres.ConnectionString)
            ? new PrivatePostgres(_data, settings.Postgres, time, NullLogger<PrivatePostgres>.Instance)
            : null;
        if (cluster is not null && folder is not null)
        {
            if (!File.Exists(Path.Combine(cluster.ClusterDirectory, "PG_VERSION")))
            {
                throw new BackupException($"There is nothing to back up: {cluster.ClusterDirectory} holds no database.");
            }

            await cluster.StartAsync(cancellationToken);
        }

        var dump = work.File(BackupFile.Database);
        var database = await DatabaseDump.WriteAsync(cluster?.ConnectionString ?? settings.Postgres.ConnectionString!, dump, cancellationToken);
        var files = KeptFiles.In(_data);
        files[BackupFile.Database] = dump;
        var manifest = new BackupManifest(
            BackupManifest.Mark, BackupManifest.Newest, time.GetUtcNow(), database.Installation, database.Schema, new Dictionary<string, string>());
        await WriteAsync(path, manifest, files, cancellationToken);
        return path;
    }

    private static async Task WriteAsync(string path, BackupManifest manifest, Dictionary<string, string> files, CancellationToken cancellationToken)
    {
        try
        {
            await BackupFile.WriteAsync(path, manifest, files, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"{path} cannot be written: {e.Message} Name a file in a folder of yours with room for it.", e);
        }
    }
}
