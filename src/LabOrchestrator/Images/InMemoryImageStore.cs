using System.Collections.Immutable;

namespace LabOrchestrator.Images;

/// <summary>Keeps the image catalogue in memory: for embedded programs and tests.</summary>
public sealed class InMemoryImageStore : IImageStore
{
    private readonly Lock _gate = new();
    private ImmutableSortedDictionary<long, Image> _images = ImmutableSortedDictionary<long, Image>.Empty;
    private long _lastId;

    /// <inheritdoc/>
    public Task<Image?> AddAsync(Image image, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (IsTaken(image.Name, exceptBy: 0))
            {
                return Task.FromResult<Image?>(null);
            }

            var added = image with { Id = ++_lastId };
            _images = _images.Add(added.Id, added);
            return Task.FromResult<Image?>(added);
        }
    }

    /// <inheritdoc/>
    public Task<bool> UpdateAsync(Image image, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (!_images.ContainsKey(image.Id) || IsTaken(image.Name, exceptBy: image.Id))
            {
                return Task.FromResult(false);
            }

            _images = _images.SetItem(image.Id, image);
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public Task<Image?> FindAsync(long id, CancellationToken cancellationToken) => Task.FromResult(_images.GetValueOrDefault(id));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Image>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Image>>([.. _images.Values.OrderBy(i => i.Name, StringComparer.Ordinal)]);

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(long id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var removed = _images.ContainsKey(id);
            _images = _images.Remove(id);
            return Task.FromResult(removed);
        }
    }

    private bool IsTaken(string name, long exceptBy) => _images.Values.Any(i => i.Name == name && i.Id != exceptBy);
}
