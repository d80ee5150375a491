namespace LabOrchestrator.Stores;

/// <summary>The database is away for a while. Nothing is lost; the caller tries again later.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
