namespace LabOrchestrator.Postgres.Cluster;

/// <summary>The database cannot be brought up; the message says what to do.</summary>
public sealed class PostgresSetupException(string message, Exception? inner = null) : Exception(message, inner);
