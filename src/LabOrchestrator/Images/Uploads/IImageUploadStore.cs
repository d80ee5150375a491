namespace LabOrchestrator.Images.Uploads;

/// <summary>Where uploads are kept, without their bytes.</summary>
public interface IImageUploadStore
{
    /// <summary>Adds an upload and returns it with its identity.</summary>
    Task<ImageUpload> AddAsync(ImageUpload upload, CancellationToken cancellationToken);

    /// <summary>Replaces the upload of that identity; false when there is none.</summary>
    Task<bool> UpdateAsync(ImageUpload upload, CancellationToken cancellationToken);

    /// <summary>The upload of that identity, or null.</summary>
    Task<ImageUpload?> FindAsync(long id, CancellationToken cancellationToken);

    /// <summary>All uploads, newest first.</summary>
    Task<IReadOnlyList<ImageUpload>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Removes an upload; false when there is none.</summary>
    Task<bool> RemoveAsync(long id, CancellationToken cancellationToken);
}
