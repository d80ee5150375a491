using System.Collections.Concurrent;

namespace LabOrchestrator.Images.Uploads;

/// <summary>Keeps uploads in memory: for embedded programs and tests.</summary>
public sealed class InMemoryImageUploadStore : IImageUploadStore
{
    private readonly ConcurrentDictionary<long, ImageUpload> _uploads = new();
    private long _lastId;

    /// <inheritdoc/>
    public Task<ImageUpload> AddAsync(ImageUpload upload, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var added = upload with { Id = Interlocked.Increment(ref _lastId) };
        _uploads[added.Id] = added;
        return Task.FromResult(added);
    }

    /// <inheritdoc/>
    public Task<bool> UpdateAsync(ImageUpload upload, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_uploads.TryGetValue(upload.Id, out var old) && _uploads.TryUpdate(upload.Id, upload, old));
    }

    /// <inheritdoc/>
    public Task<ImageUpload?> FindAsync(long id, CancellationToken cancellationToken) => Task.FromResult(_uploads.GetValueOrDefault(id));

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageUpload>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ImageUpload>>([.. _uploads.Values.OrderByDescending(u => u.Id)]);

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(long id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_uploads.TryRemove(id, out _));
    }
}
