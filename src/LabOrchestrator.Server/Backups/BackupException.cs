namespace LabOrchestrator.Server.Backups;

/// <summary>A backup cannot be made or brought back; nothing has changed.</summary>
/// <param name="message">Why, and what to do.</param>
/// <param name="inner">What it came from.</param>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);
