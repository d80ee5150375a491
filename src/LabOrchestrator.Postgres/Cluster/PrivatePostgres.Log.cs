using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Postgres.Cluster;

public sealed partial class PrivatePostgres
{
    [LoggerMessage(201, LogLevel.Information, "Making the database in {Directory}")]
    private static partial void LogMaking(ILogger logger, string directory);

    [LoggerMessage(202, LogLevel.Warning, "A PostgreSQL of an earlier run still uses {Directory}; it is stopped")]
    private static partial void LogOrphan(ILogger logger, string directory);

    [LoggerMessage(203, LogLevel.Error, "PostgreSQL died and is started again: {Lines}")]
    private static partial void LogDied(ILogger logger, string lines);

    [LoggerMessage(204, LogLevel.Error, "PostgreSQL could not be started again yet: {Reason}")]
    private static partial void LogNotRestarted(ILogger logger, string reason);

    [LoggerMessage(205, LogLevel.Debug, "postgres: {Line}")]
    private static partial void LogServer(ILogger logger, string line);
}
