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

    /// <summary>Finds the places for an installation's data folder.</summary>
    /// <exception cref="PostgresSetupException">The configured run folder is too long.</exception>
    public static ClusterPlace For(string dataDirectory, string? runDirectory)
    {
        var full = Path.GetFullPath(dataDirectory);
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(full)))[..8];
        var socket = Path.Combine(Path.GetFullPath(runDirectory ?? DefaultRunDirectory()), $"pg-{key}");
        if (Encoding.UTF8.GetByteCount(socket) > LongestSocketDirectory)
        {
            throw new PostgresSetupException(
                $"The run folder {socket} is too long for a socket. Set LABORCHESTRATOR_Postgres__RunDirectory to a path of at most "
                + $"{LongestSocketDirectory - 12} bytes.");
        }

        // PostgreSQL refuses to run as root, and its user cannot pass through a folder that only root may enter. It looks its data
        // folder up by path, so a working directory inherited from root does not help either.
        var data = Environment.IsPrivilegedProcess && !OthersMayEnter(full)
            ? Path.Combine("/var/lib/lab-orchestrator-postgres", key)
            : Path.Combine(full, "postgres");
        return new ClusterPlace(data, socket);
    }

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
