using System.Diagnostics;
using System.Globalization;
using LabOrchestrator.Postgres.Cluster;
using Npgsql;

namespace LabOrchestrator.Postgres.Backups;

/// <summary>Runs PostgreSQL's client programs on the database that an Npgsql connection string names.</summary>
internal static class PostgresClient
{
    /// <exception cref="PostgresSetupException">It failed; the message has its own words.</exception>
    public static async Task RunAsync(string program, string connectionString, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        // The newest: each reads what older servers hold.
        var start = new ProcessStartInfo(PostgresBinaries.FindClients().Program(program), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in Environment(new NpgsqlConnectionStringBuilder(connectionString)))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new PostgresSetupException($"{program} could not be started.");
        process.StandardInput.Close();
        try
        {
            var error = await process.StandardError.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            if (process.ExitCode != 0)
            {
                throw new PostgresSetupException($"{program} failed: {error.Trim()}");
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    // The password goes by the environment, which other users cannot read, and not by the command line, which they can.
    private static IEnumerable<(string Name, string? Value)> Environment(NpgsqlConnectionStringBuilder connection)
    {
        yield return ("PGHOST", connection.Host);
        yield return ("PGPORT", connection.Port.ToString(CultureInfo.InvariantCulture));
        yield return ("PGUSER", connection.Username);
        yield return ("PGDATABASE", connection.Database ?? connection.Username);
        yield return ("PGPASSWORD", connection.Password);
        yield return ("PGPASSFILE", connection.Passfile);
        yield return ("PGSSLROOTCERT", connection.RootCertificate);
        yield return ("PGSSLCERT", connection.SslCertificate);
        yield return ("PGSSLKEY", connection.SslKey);
        yield return ("PGSSLMODE", connection.SslMode switch
        {
            SslMode.VerifyCA => "verify-ca",
            SslMode.VerifyFull => "verify-full",
            var mode => mode.ToString().ToLowerInvariant(),
        });
        yield return ("LC_ALL", "C.UTF-8");
    }
}
