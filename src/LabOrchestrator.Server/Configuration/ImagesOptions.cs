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

    /// <summary>The most bytes of an uploaded disk's file: 64 GiB.</summary>
    public long UploadBytes { get; set; } = 64L << 30;

    /// <summary>The most bytes that an uploaded disk may have for its guest: 256 GiB.</summary>
    public long DiskBytes { get; set; } = 256L << 30;

    /// <summary>Uploads of disks that may be under way at once.</summary>
    public int Uploads { get; set; } = 8;

    /// <inheritdoc/>
    public IEnumerable<string> Check()
    {
        foreach (var (key, bytes) in new[] { (nameof(UploadBytes), UploadBytes), (nameof(DiskBytes), DiskBytes) })
        {
            if (bytes < 1 << 20)
            {
                yield return $"Images__{key} must be at least 1048576 (1 MiB), not {bytes}.";
            }
        }

        if (Uploads is < 1 or > 1000)
        {
            yield return $"Images__Uploads must be a whole number from 1 to 1000, not {Uploads}.";
        }

        if (!Path.IsPathFullyQualified(StateFile))
        {
            yield return $"Images__StateFile must be an absolute path, not \"{StateFile}\".";
        }
    }
}
