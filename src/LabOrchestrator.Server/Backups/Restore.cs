using System.Globalization;
using LabOrchestrator.Postgres.Backups;
using LabOrchestrator.Postgres.Cluster;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Server.Backups;

/// <summary>
/// Brings an installation back from a file. Everything is made beside what is there, which is moved aside at the very end and never
/// removed.
/// </summary>
internal sealed class Restore(Settings settings, TimeProvider time)
{
    private readonly string _data = settings.General.DataDirectory;
    private readonly string _aside = time.GetLocalNow().ToString("'before_restore_'yyyyMMdd_HHmmss", CultureInfo.InvariantCulture);

    /// <summary>Brings it back.</summary>
    /// <returns>What was done, and where the former data is, in sentences.</returns>
    /// <exception cref="BackupException">It cannot be, and nothing has changed.</exception>
    /// <exception cref="PostgresSetupException">The database refused it, and nothing has changed.</exception>
    public async Task<IReadOnlyList<string>> BringBackAsync(string path, CancellationToken cancellationToken)
    {
        path = Path.GetFullPath(path);
        using var folder = DataFolder.TryTake(_data)
            ?? throw new BackupException($"The server of {_data} is running. Stop it (Ctrl-C where it runs) and try again.");
        using var work = new WorkFolder(_data);
        var manifest = await BackupFile.ReadAsync(path, work.ToString(), cancellationToken);
        if (manifest.Schema > DatabaseDump.NewestSchema)
        {
            throw new BackupException(
                $"{path} holds schema {manifest.Schema}, and this program knows {DatabaseDump.NewestSchema}. Bring the program up to date, and try again.");
        }

        var swap = new FileSwap($".{_aside}");
        var said = new List<string> { $"Restored what {path} held at {manifest.CreatedAt.ToLocalTime():yyyy-MM-dd HH:mm:ss}." };
        if (string.IsNullOrWhiteSpace(settings.Postgres.ConnectionString))
        {
            await MakeClusterAsync(work, swap, cancellationToken);
        }
        else
        {
            await FillConfiguredAsync(settings.Postgres.ConnectionString, work, said, cancellationToken);
        }

        foreach (var (name, place) in KeptFiles.Places(_data))
        {
            if (manifest.Files.ContainsKey(name))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                swap.Add(work.File(name), place);
            }
        }

        swap.Run();
        said.AddRange(swap.Aside.Select(a => $"What was there before is in {a}. Remove it when nothing is missed."));
        await SayOfOtherInstallationAsync(manifest, said, cancellationToken);
        return said;
    }

    private async Task MakeClusterAsync(WorkFolder work, FileSwap swap, CancellationToken cancellationToken)
    {
        await using var present = new PrivatePostgres(_data, settings.Postgres, time, NullLogger<PrivatePostgres>.Instance);
        var place = present.ClusterDirectory;
        var made = place + ".restored";
        await using (var cluster = PrivatePostgres.Beside(present, made, time))
        {
            try
            {
                await cluster.StartAsync(cancellationToken);
                await DatabaseDump.ReadAsync(cluster.ConnectionString, work.File(BackupFile.Database), asideAs: null, cancellationToken);
            }
            catch
            {
                await cluster.DisposeAsync();
                Directory.Delete(made, recursive: true);
                throw;
            }
        }

        swap.Add(made, place);
    }

    private async Task FillConfiguredAsync(string connectionString, WorkFolder work, List<string> said, CancellationToken cancellationToken)
    {
        var (hasTables, others) = await DatabaseDump.LookAsync(connectionString, cancellationToken);
        if (others > 0)
        {
            throw new BackupException("Other programs are connected to the database. Stop the servers that use it and try again.");
        }

        await DatabaseDump.ReadAsync(connectionString, work.File(BackupFile.Database), hasTables ? _aside : null, cancellationToken);
        if (hasTables)
        {
            said.Add($"The tables that were there before are in the database's schema {_aside}. Drop it when nothing is missed.");
        }
    }

    private async Task SayOfOtherInstallationAsync(BackupManifest manifest, List<string> said, CancellationToken cancellationToken)
    {
        var note = Path.Combine(_data, "installation");
        if (File.Exists(note)
            && (await File.ReadAllTextAsync(note, cancellationToken)).Trim() is var former && former != manifest.Installation)
        {
            said.Add(
                $"The backup is of another installation than the one that was here ({former}). What that one left in Docker Engine carries the "
                + $"label lab-orchestrator.installation={former}.");
        }
    }
}
