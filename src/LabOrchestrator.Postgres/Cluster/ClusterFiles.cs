using Npgsql;

namespace LabOrchestrator.Postgres.Cluster;

/// <summary>Makes a cluster's folders and its configuration.</summary>
internal static class ClusterFiles
{
    /// <summary>The role and the database.</summary>
    public const string Role = "laborchestrator";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder of the socket, which nobody else may enter.</summary>
    public static void MakeSocketDirectory(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Directory.CreateDirectory(path, OwnerOnly);
            File.SetUnixFileMode(path, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PostgresSetupException(
                $"The folder {path} for the database's socket cannot be made: {e.Message} Set LABORCHESTRATOR_Postgres__RunDirectory to one that can.", e);
        }

        GiveToPostgres(path);
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

        Directory.CreateDirectory(Path.GetDirectoryName(place.DataDirectory)!);
        Directory.CreateDirectory(temporary, OwnerOnly);
        GiveToPostgres(temporary);
        await PostgresProcess.RunAsync(
            binaries.Program("initdb"),
            ["-D", temporary, "-U", Role, "-A", "peer", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"],
            cancellationToken).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(temporary, "pg_hba.conf"), "local all all peer map=lab\n", cancellationToken).ConfigureAwait(false);
        await File.WriteAllTextAsync(
            Path.Combine(temporary, "pg_ident.conf"),
            $"lab {Environment.UserName} {Role}\nlab postgres {Role}\n",
            cancellationToken).ConfigureAwait(false);
        if (Directory.Exists(place.DataDirectory))
        {
            Directory.Delete(place.DataDirectory);
        }

        // A start that was killed in the middle leaves no half-made cluster under the real name.
        Directory.Move(temporary, place.DataDirectory);
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
