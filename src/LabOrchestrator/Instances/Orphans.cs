using System.Collections.Concurrent;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Instances;

/// <summary>
/// Objects of this installation whose instance the database does not know, as after a restored backup. They are frozen, shown to the
/// admin, and deleted after <see cref="KeptFor"/> or by hand; never at once.
/// </summary>
public sealed partial class Orphans
{
    private readonly ConcurrentDictionary<(string Runtime, long InstanceId), Orphan> _known = new();
    private readonly LabRuntimes _runtimes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    internal Orphans(LabRuntimes runtimes, TimeProvider time, ILogger<Orphans> logger)
    {
        _runtimes = runtimes;
        _time = time;
        _logger = logger;
    }

    /// <summary>How long they are kept: 24 hours from when they were first seen.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(24);

    /// <summary>Those known now.</summary>
    public IReadOnlyList<Orphan> All => [.. _known.Values.OrderBy(o => o.InstanceId)];

    /// <summary>Deletes one by hand; false when there is none.</summary>
    public async Task<bool> DeleteAsync(string runtime, long instanceId, CancellationToken cancellationToken)
    {
        if (!_known.ContainsKey((runtime, instanceId)) || _runtimes.Find(runtime) is not { } of)
        {
            return false;
        }

        await of.DeleteAsync(instanceId, cancellationToken).ConfigureAwait(false);
        _known.TryRemove((runtime, instanceId), out _);
        return true;
    }

    /// <summary>Takes the whole of what a runtime holds without an instance; freezes new ones, deletes old ones.</summary>
    internal async Task SeenAsync(ILabRuntime runtime, IReadOnlyCollection<ObservedInstance> withoutRow, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        foreach (var gone in _known.Keys.Where(k => k.Runtime == runtime.Name && withoutRow.All(o => o.InstanceId != k.InstanceId)))
        {
            _known.TryRemove(gone, out _);
        }

        foreach (var observed in withoutRow)
        {
            var isNew = !_known.TryGetValue((runtime.Name, observed.InstanceId), out var orphan);
            orphan ??= new Orphan(runtime.Name, observed.InstanceId, now, [.. observed.Machines.Select(m => m.Name)]);
            _known[(runtime.Name, observed.InstanceId)] = orphan;
            if (isNew)
            {
                LogFound(_logger, observed.InstanceId, runtime.Name, KeptFor.TotalHours);
                await FreezeAsync(runtime, observed, cancellationToken).ConfigureAwait(false);
            }
            else if (now - orphan.SeenAt >= KeptFor)
            {
                await DeleteAsync(runtime.Name, observed.InstanceId, cancellationToken).ConfigureAwait(false);
                LogDeleted(_logger, observed.InstanceId, runtime.Name);
            }
        }
    }

    private async Task FreezeAsync(ILabRuntime runtime, ObservedInstance observed, CancellationToken cancellationToken)
    {
        if (observed.Machines.Any(m => m.Phase == MachinePhase.Running) && runtime.Capabilities.Names.Contains(RuntimeCapabilities.Pause))
        {
            try
            {
                await runtime.PauseAsync(observed.InstanceId, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RuntimeUnavailableException or InstanceFailedException)
            {
                LogNotFrozen(_logger, observed.InstanceId, runtime.Name, e.Message);
            }
        }
    }

    [LoggerMessage(121, LogLevel.Warning, "Instance {Instance} exists on {Runtime} but not in the database; it is frozen now and deleted after {Hours} hours, or by hand on the system page")]
    private static partial void LogFound(ILogger logger, long instance, string runtime, double hours);

    [LoggerMessage(122, LogLevel.Warning, "Instance {Instance} on {Runtime}, unknown to the database, was deleted")]
    private static partial void LogDeleted(ILogger logger, long instance, string runtime);

    [LoggerMessage(123, LogLevel.Warning, "Instance {Instance} on {Runtime}, unknown to the database, could not be frozen: {Reason}")]
    private static partial void LogNotFrozen(ILogger logger, long instance, string runtime, string reason);
}

/// <summary>An instance that an engine holds and the database does not know.</summary>
/// <param name="Runtime">The runtime.</param>
/// <param name="InstanceId">The identity on its objects.</param>
/// <param name="SeenAt">When this server first saw it (UTC).</param>
/// <param name="Machines">Names of its machines.</param>
public sealed record Orphan(string Runtime, long InstanceId, DateTimeOffset SeenAt, IReadOnlyList<string> Machines);
