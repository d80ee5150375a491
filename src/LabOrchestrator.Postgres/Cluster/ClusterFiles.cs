using Npgsql;

namespace LabOrchestrator.Postgres.Cluster;

/// <summary>Makes a cluster's folders and its configuration.</summary>
internal static class ClusterFiles
{
    /// <summary>The role and the database.</summary>
    public const string Role = "laborchestrator";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersPass = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Makes the folder of the socket, which nobody else may enter.</summary>
    public static void MakeSocketDirectory(string path)
    {
        try
        {
            MakeParent(path);
            Directory.CreateDirectory(path, OwnerOnly);
            if (!Environment.IsPrivilegedProcess)
            {
                // Fails where the folder is another user's, who could then put a database of theirs in its place.
                File.SetUnixFileMode(path, OwnerOnly);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PostgresSetupException(
                $"The folder {path} for the database's socket cannot be made: {e.Message} Set LABORCHESTRATOR_Postgres__RunDirectory to one that can.", e);
        }

        GiveToPostgres(path);
    }

    /// <summary>Removes the folder of the socket. It stays where something is in it still, and does no harm there.</summary>
    public static void RemoveSocketDirectory(string path)
    {
        try
        {
            Directory.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Makes the cluster: checksums, peer authentication alone, no password, no TCP.</summary>
    public static async Task InitialiseAsync(ClusterPlace place, PostgresBinaries binaries, CancellationToken cancellationToken)
    {
        var temporary = place.DataDirectory + ".new";
        if (Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }

        if (Directory.Exists(place.DataDirectory) && Directory.EnumerateFileSystemEntries(place.DataDirectory).Any())
        {
            throw new PostgresSetupException(
                $"{place.DataDirectory} is not empty and holds no database. Move it away, or set LABORCHESTRATOR_DataDirectory to another folder.");
        }

        MakeParent(temporary);
        Directory.CreateDirectory(temporary, OwnerOnly);
        GiveToPostgres(temporary);
        await PostgresProcess.RunAsync(
            binaries.Program("initdb"),
            ["-D", temporary, "-U", Role, "-A", "peer", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"],
            cancellationToken).ConfigureAwait(false);
        if (Directory.Exists(place.DataDirectory))
        {
            Directory.Delete(place.DataDirectory);
        }

        // A start that was killed in the middle leaves no half-made cluster under the real name.
        Directory.Move(temporary, place.DataDirectory);
    }

    /// <summary>
    /// Says who may connect: this process's user and the cluster's own. At each start, since a folder can come to another user.
    /// </summary>
    public static async Task WriteAccessAsync(ClusterPlace place, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(place.DataDirectory, "pg_hba.conf"), "local all all peer map=lab\n", cancellationToken).ConfigureAwait(false);
        await File.WriteAllTextAsync(
            Path.Combine(place.DataDirectory, "pg_ident.conf"),
            $"lab \"{Environment.UserName}\" {Role}\nlab postgres {Role}\n",
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the database when it is missing.</summary>
    public static async Task MakeDatabaseAsync(ClusterPlace place, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(place, "postgres", cancellationToken).ConfigureAwait(false);
        await using var exists = new NpgsqlCommand($"SELECT 1 FROM pg_database WHERE datname = '{Role}'", connection);
        if (await exists.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            await using var create = new NpgsqlCommand($"CREATE DATABASE {Role}", connection);
            await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public static async Task<NpgsqlConnection> ConnectAsync(ClusterPlace place, string database, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = place.SocketDirectory,
            Username = Role,
            Database = database,
            Pooling = false,
            Timeout = 5,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Made by root with a narrow umask, the folder above would keep the user postgres out.
    private static void MakeParent(string path)
    {
        var parent = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(parent))
        {
            Directory.CreateDirectory(parent);
            if (Environment.IsPrivilegedProcess)
            {
                File.SetUnixFileMode(parent, OthersPass);
            }
        }
    }

    private static void GiveToPostgres(string path)
    {
        if (Environment.IsPrivilegedProcess)
        {
            using var chown = System.Diagnostics.Process.Start("chown", ["postgres:postgres", path]);
            chown.WaitForExit();
            if (chown.ExitCode != 0)
            {
                throw new PostgresSetupException(
                    $"{path} cannot be given to the user postgres. Install PostgreSQL with: apt-get install postgresql");
            }
        }
    }
}
