namespace LabOrchestrator.Images;

/// <summary>Where the image catalogue is kept.</summary>
public interface IImageStore
{
    /// <summary>Adds an image and returns it with its identity; null when the name is taken.</summary>
    Task<Image?> AddAsync(Image image, CancellationToken cancellationToken);

    /// <summary>Replaces the image of that identity; false when there is none, or when the new name is another image's.</summary>
    Task<bool> UpdateAsync(Image image, CancellationToken cancellationToken);

    /// <summary>The image of that identity, or null.</summary>
    Task<Image?> FindAsync(long id, CancellationToken cancellationToken);

    /// <summary>All images, by name.</summary>
    Task<IReadOnlyList<Image>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Removes an image; false when there is none.</summary>
    Task<bool> RemoveAsync(long id, CancellationToken cancellationToken);
}
