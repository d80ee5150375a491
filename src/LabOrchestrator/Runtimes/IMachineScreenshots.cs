namespace LabOrchestrator.Runtimes;

/// <summary>Capability of a runtime: a picture of a machine's screen, for overviews. Disturbs nobody who looks at the screen.</summary>
public interface IMachineScreenshots
{
    /// <summary>The screen as it is now, as PNG.</summary>
    /// <exception cref="ConsoleUnavailableException">The machine does not run, has no screen, or its screen does not answer.</exception>
    /// <exception cref="RuntimeUnavailableException">The engine is away.</exception>
    Task<byte[]> ScreenshotAsync(long instanceId, string machine, CancellationToken cancellationToken);
}
