using System.Security.Cryptography;
using System.Text;

namespace LabOrchestrator.Postgres.Cluster;

/// <summary>Where a private cluster's files and its socket lie.</summary>
/// <param name="DataDirectory">The cluster's files.</param>
/// <param name="SocketDirectory">The folder of its socket.</param>
internal sealed record ClusterPlace(string DataDirectory, string SocketDirectory)
{
    /// <summary>Longest socket folder: the kernel takes 107 bytes, of which <c>/.s.PGSQL.5432</c> needs 14.</summary>
    private const int LongestSocketDirectory = 107 - 14;

    /// <summary>Where the clusters of installations lie whose data folder the user postgres may not enter.</summary>
    private const string Apart = "/var/lib/lab-orchestrator-postgres";

    /// <summary>Finds the places for an installation's data folder. The scripts in <c>eng</c> follow the same rules.</summary>
    /// <exception cref="PostgresSetupException">The run folder is too long, or the cluster lies where its user can no longer enter.</exception>
    public static ClusterPlace For(string dataDirectory, string? runDirectory)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataDirectory));
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(full)))[..8];
        var socket = Path.Combine(
            string.IsNullOrEmpty(runDirectory) ? DefaultRunDirectory() : Path.GetFullPath(runDirectory), $"pg-{key}");
        if (Encoding.UTF8.GetByteCount(socket) > LongestSocketDirectory)
        {
            throw new PostgresSetupException(
                $"The run folder {socket} is too long for a socket. Set LABORCHESTRATOR_Postgres__RunDirectory to a path of at most "
                + $"{LongestSocketDirectory - 12} bytes.");
        }

        return new ClusterPlace(DataDirectoryFor(full, Path.Combine(Apart, key)), socket);
    }

    // PostgreSQL refuses to run as root, and its user cannot pass through a folder that only root may enter. It looks its data folder up
    // by path, so a working directory inherited from root does not help either.
    private static string DataDirectoryFor(string full, string apart)
    {
        var inside = Path.Combine(full, "postgres");
        if (!Environment.IsPrivilegedProcess)
        {
            return inside;
        }

        // What was made once stays where it is, also when the folder's mode has changed since: another place would look like an empty database.
        if (HoldsCluster(apart))
        {
            return apart;
        }

        var mayEnter = OthersMayEnter(full);
        return HoldsCluster(inside) && !mayEnter
            ? throw new PostgresSetupException(
                $"The database is in {inside}, and its user postgres may not enter there any more. Let it pass with: chmod o+x {full} (and the "
                + $"folders above), or move it with: mkdir -p {Apart} && mv {inside} {apart}")
            : mayEnter ? inside : apart;
    }

    private static bool HoldsCluster(string path) => File.Exists(Path.Combine(path, "PG_VERSION"));

    private static string DefaultRunDirectory() => Environment.IsPrivilegedProcess
        ? "/run/lab-orchestrator"
        : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && Directory.Exists(runtime)
            ? Path.Combine(runtime, "lab-orchestrator")
            : Path.Combine(Path.GetTempPath(), $"lab-orchestrator-{Environment.UserName}");

    private static bool OthersMayEnter(string path)
    {
        for (var directory = new DirectoryInfo(path); directory is not null; directory = directory.Parent)
        {
            if (directory.Exists && !directory.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
    }
}
