namespace LabOrchestrator.Server.Configuration;

/// <summary>The database.</summary>
public sealed class PostgresOptions
{
    /// <summary>
    /// Connection string of a PostgreSQL database in Npgsql's form, for example <c>Host=db;Database=labs;Username=labs;Password=…</c>.
    /// Without it the server runs a private PostgreSQL in the data directory.
    /// </summary>
    public string? ConnectionString { get; set; }
}
