namespace LabOrchestrator.Images.Uploads;

/// <summary>Where a runtime keeps the disks of its machines: it looks at a disk, converts it and stores it.</summary>
public interface IDiskImageSink
{
    /// <summary>
    /// Makes an image of a disk; one of that reference is replaced. What a call before it left behind when it was interrupted is removed.
    /// </summary>
    /// <exception cref="DiskRefusedException">The disk is damaged, too large, or asks for other files.</exception>
    /// <exception cref="Runtimes.RuntimeUnavailableException">The engine is away; nothing is stored, and it can be tried again.</exception>
    Task StoreAsync(DiskImage disk, Func<DiskImageProgress, Task> report, CancellationToken cancellationToken);

    /// <summary>References of all images that <see cref="StoreAsync"/> made for this installation and that are there.</summary>
    /// <exception cref="Runtimes.RuntimeUnavailableException">The engine is away.</exception>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Forgets an image that <see cref="StoreAsync"/> made; machines that run go on, and it may stay while there are any. No error where
    /// there is none.
    /// </summary>
    /// <exception cref="Runtimes.RuntimeUnavailableException">The engine is away.</exception>
    Task RemoveAsync(string reference, CancellationToken cancellationToken);
}

/// <summary>A disk to store.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format">What it is; never <see cref="DiskFormat.Ova"/>.</param>
/// <param name="Reference">By what machines will name the image.</param>
/// <param name="MostDiskBytes">The most bytes that the disk may have for its guest.</param>
public sealed record DiskImage(string Path, DiskFormat Format, string Reference, long MostDiskBytes)
{
    /// <summary>The bytes that the disk says to have for its guest.</summary>
    public long DiskBytes { get; init; }

    /// <summary>A sentence for people who choose an image.</summary>
    public string Description { get; init; } = "";

    /// <summary>The guest's login user.</summary>
    public string? LoginUser { get; init; }
}

/// <summary>How far the storing of a disk is.</summary>
/// <param name="State"><see cref="ImageUploadState.Checking"/>, <see cref="ImageUploadState.Converting"/> or <see cref="ImageUploadState.Storing"/>.</param>
/// <param name="Percent">Percent of this state; null when unknown.</param>
public sealed record DiskImageProgress(ImageUploadState State, int? Percent = null);
