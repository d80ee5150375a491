using Npgsql;

namespace LabOrchestrator.Postgres.Cluster;

/// <summary>Where the database is. With no connection string the server runs its own private cluster.</summary>
public sealed class PostgresOptions
{
    /// <summary>Npgsql connection string of an existing database, for example <c>Host=db;Database=labs;Username=labs;Password=…</c>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// Folder for the private cluster's socket; short, since a socket's path ends at 107 bytes. By default a folder of the installation
    /// below <c>/run/lab-orchestrator</c> (root), <c>$XDG_RUNTIME_DIR</c> or <c>/tmp</c>.
    /// </summary>
    public string? RunDirectory { get; set; }

    /// <summary>What is wrong with the settings; each sentence begins with the key.</summary>
    public IReadOnlyList<string> Validate()
    {
        var mistakes = new List<string>();
        if (ConnectionString is not null && !IsConnectionString(ConnectionString))
        {
            // Not repeated here: there may be a password in it.
            mistakes.Add("Postgres__ConnectionString must be an Npgsql connection string with a Host, such as Host=db;Database=labs;Username=labs.");
        }

        if (RunDirectory is not null && !Path.IsPathFullyQualified(RunDirectory))
        {
            mistakes.Add($"Postgres__RunDirectory must be an absolute path, not \"{RunDirectory}\".");
        }

        return mistakes;
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 };
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return false;
        }
    }
}
