namespace LabOrchestrator.Server.Gateway;

/// <summary>Finds the console that a request means, and asks once more whether it is still allowed.</summary>
internal interface IConsoleDirectory
{
    /// <summary>Resolves and authorises.</summary>
    Task<ConsoleResolution> ResolveAsync(ConsoleRequest request, CancellationToken cancellationToken);
}
