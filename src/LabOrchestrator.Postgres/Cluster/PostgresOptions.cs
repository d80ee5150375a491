namespace LabOrchestrator.Postgres.Cluster;

/// <summary>Where the database is. With no connection string the server runs its own private cluster.</summary>
public sealed class PostgresOptions
{
    /// <summary>Npgsql connection string of an existing database; null or empty for the private cluster.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// Folder for the private cluster's socket; short, since a socket's path ends at 107 bytes. Null takes a folder of the installation
    /// below <c>/run/lab-orchestrator</c> (root), <c>$XDG_RUNTIME_DIR</c> or <c>/tmp</c>.
    /// </summary>
    public string? RunDirectory { get; set; }
}
