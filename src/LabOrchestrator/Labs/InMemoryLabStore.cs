using System.Collections.Immutable;

namespace LabOrchestrator.Labs;

/// <summary>Keeps labs in memory: for embedded programs and tests. Versions are kept for the life of the store.</summary>
public sealed class InMemoryLabStore : ILabStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(long LabId, string Hash), LabVersion> _versions = [];
    private readonly Dictionary<(long LabId, string Hash), DateTimeOffset> _importedAt = [];
    private ImmutableSortedDictionary<long, Lab> _labs = ImmutableSortedDictionary<long, Lab>.Empty;
    private long _lastId;

    /// <inheritdoc/>
    public Task<Lab> PutAsync(
        LabDefinition definition, LabFiles files, string? namespacePrefix, DateTimeOffset now, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var known = _labs.Values.FirstOrDefault(l => l.Name == definition.Name);
            var lab = new Lab(known?.Id ?? ++_lastId, definition.Name, definition.Title, definition.Description, files.Hash, now)
            {
                NamespacePrefix = namespacePrefix ?? known?.NamespacePrefix ?? definition.Name,
            };
            _versions[(lab.Id, files.Hash)] = new LabVersion(lab.Id, files.Hash, definition, files);
            _importedAt[(lab.Id, files.Hash)] = now;
            _labs = _labs.SetItem(lab.Id, lab);
            return Task.FromResult(lab);
        }
    }

    /// <inheritdoc/>
    public Task<Lab?> FindAsync(long id, CancellationToken cancellationToken) => Task.FromResult(_labs.GetValueOrDefault(id));

    /// <inheritdoc/>
    public Task<Lab?> FindAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(_labs.Values.FirstOrDefault(l => l.Name == name));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Lab>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Lab>>([.. _labs.Values.OrderBy(l => l.Title, StringComparer.InvariantCulture).ThenBy(l => l.Id)]);

    /// <inheritdoc/>
    public Task<LabVersion?> FindVersionAsync(long labId, string hash, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_versions.GetValueOrDefault((labId, hash)));
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LabVersionEntry>> ListVersionsAsync(long labId, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<LabVersionEntry>>(!_labs.ContainsKey(labId)
                ? []
                : [.. _importedAt
                    .Where(v => v.Key.LabId == labId)
                    .OrderByDescending(v => v.Value)
                    .Select(v => new LabVersionEntry(v.Key.Hash, v.Value))]);
        }
    }

    /// <inheritdoc/>
    public async Task<LabDefinition?> FindDefinitionAsync(long labId, string hash, CancellationToken cancellationToken) =>
        (await FindVersionAsync(labId, hash, cancellationToken).ConfigureAwait(false))?.Definition;

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(long id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var removed = _labs.ContainsKey(id);
            _labs = _labs.Remove(id);
            return Task.FromResult(removed);
        }
    }
}
