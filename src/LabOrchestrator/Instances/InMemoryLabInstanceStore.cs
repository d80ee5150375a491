using System.Collections.Immutable;
using LabOrchestrator.Images;

namespace LabOrchestrator.Instances;

/// <summary>Keeps instances in memory, for programs that embed the library and for tests. All is lost with the process.</summary>
public sealed class InMemoryLabInstanceStore : ILabInstanceStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, LabInstance> _instances = [];
    private readonly Dictionary<long, List<PhaseChange>> _history = [];
    private long _lastId;

    /// <inheritdoc/>
    public Task<(LabInstance Instance, bool Added)> AddAsync(LabInstance instance, OwnerLimits limits, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var ofOwner = _instances.Values.Where(i => i.OwnerId == instance.OwnerId).ToList();
            if (instance.IdempotencyKey is { } key && ofOwner.LastOrDefault(i => i.IdempotencyKey == key) is { } same)
            {
                return Task.FromResult((same, false));
            }

            var live = ofOwner.Where(i => i.IsLive).ToList();
            var ofLab = live.Where(i => i.LabId == instance.LabId).ToList();
            if (ofLab.Count >= limits.OfLab)
            {
                return Task.FromResult((ofLab[^1], false));
            }

            if (live.Count >= limits.OfAllLabs)
            {
                return Task.FromResult((live.FindLast(i => i.LabId != instance.LabId) ?? live[^1], false));
            }

            var added = instance with { Id = ++_lastId, Revision = 1 };
            _instances[added.Id] = added;
            _history[added.Id] = [new PhaseChange(added.Status.Phase, added.Status.Reason, added.CreatedAt)];
            return Task.FromResult((added, true));
        }
    }

    /// <inheritdoc/>
    public Task<LabInstance?> FindAsync(long id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_instances.GetValueOrDefault(id));
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LabInstance>> ListAsync(LabInstanceQuery query, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<LabInstance>>(
            [
                .. _instances.Values.Reverse()
                    .Where(i => query.MemberId is not { } user || i.RoleOf(user) is not null)
                    .Where(i => query.LabId is not { } lab || i.LabId == lab)
                    .Where(i => !query.LiveOnly || i.IsLive)
                    .Where(i => query.Before is not { } before || i.Id < before)
                    .Take(query.Limit)
                    .Select(i => i with
                    {
                        Credentials = [],
                        Images = ImmutableSortedDictionary<string, Image>.Empty,
                        ImageDigests = ImmutableSortedDictionary<string, string>.Empty,
                        Status = query.Known.GetValueOrDefault(i.Id) is { } known && known.Version >= i.Status.Version ? known : i.Status,
                    }),
            ]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LabInstance>> ListLiveAsync(string runtime, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<LabInstance>>(
                [.. _instances.Values.Where(i => i.IsLive && i.Runtime == runtime).Select(i => i with { Credentials = [] })]);
        }
    }

    /// <inheritdoc/>
    public Task<LabInstance?> UpdateWishAsync(LabInstance instance, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_instances.TryGetValue(instance.Id, out var stored) || stored.Revision != instance.Revision)
            {
                return Task.FromResult<LabInstance?>(null);
            }

            var updated = stored with
            {
                Desired = instance.Desired,
                Machines = instance.Machines,
                Members = instance.Members,
                Revision = stored.Revision + 1,
            };
            _instances[instance.Id] = updated;
            return Task.FromResult<LabInstance?>(updated);
        }
    }

    /// <inheritdoc/>
    public Task SaveStatusAsync(long id, LabInstanceStatus status, DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_instances.TryGetValue(id, out var stored))
            {
                if (stored.Status.Phase != status.Phase)
                {
                    _history[id].Add(new PhaseChange(status.Phase, status.Reason, now));
                }

                _instances[id] = stored with
                {
                    Status = status with { Machines = [.. status.Machines.Select(m => m with { Percent = null })] },
                };
            }

            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public Task SaveImageDigestsAsync(long id, ImmutableSortedDictionary<string, string> digests, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_instances.TryGetValue(id, out var stored))
            {
                _instances[id] = stored with { ImageDigests = digests };
            }

            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlySet<string>> ListImageReferencesAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlySet<string>>(
                _instances.Values.Where(i => i.IsLive).SelectMany(i => i.Images.Values).Select(i => i.Reference).ToHashSet(StringComparer.Ordinal));
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<PhaseChange>> ListHistoryAsync(long id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<PhaseChange>>(_history.TryGetValue(id, out var lines) ? [.. lines] : []);
        }
    }
}
