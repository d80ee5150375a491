namespace LabOrchestrator.Server.Configuration;

/// <summary>Images.</summary>
public sealed class ImagesOptions : ICheckedOptions
{
    /// <summary>The file in which <c>images/build</c> says how far it is.</summary>
    public string StateFile { get; set; } = Path.Combine(
        Environment.GetEnvironmentVariable("LABORCHESTRATOR_CACHE") is { Length: > 0 } cache
            ? cache
            : Path.Combine(UserFolders.Of("XDG_CACHE_HOME", ".cache"), "lab-orchestrator"),
        "images.json");

    /// <inheritdoc/>
    public IEnumerable<string> Check()
    {
        if (!Path.IsPathFullyQualified(StateFile))
        {
            yield return $"Images__StateFile must be an absolute path, not \"{StateFile}\".";
        }
    }
}
