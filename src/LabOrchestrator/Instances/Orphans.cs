using System.Collections.Concurrent;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Instances;

/// <summary>
/// Objects of this installation whose instance the database does not know, as after a restored backup. What of them their engine can freeze
/// is frozen; they are shown to the admin, and deleted after <see cref="KeptFor"/> or by hand; never at once.
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
            var key = (runtime.Name, observed.InstanceId);
            if (!_known.TryGetValue(key, out var orphan))
            {
                LogFound(_logger, observed.InstanceId, runtime.Name, KeptFor.TotalHours);
                orphan = new Orphan(runtime.Name, observed.InstanceId, now, [.. observed.Machines.Select(m => m.Name)], NamesOfRunning(observed));
                _known[key] = orphan;
            }

            if (now - orphan.SeenAt >= KeptFor)
            {
                await DeleteAsync(runtime.Name, observed.InstanceId, cancellationToken).ConfigureAwait(false);
                LogDeleted(_logger, observed.InstanceId, runtime.Name);
                continue;
            }

            var running = await RunsOnAsync(runtime, observed, cancellationToken).ConfigureAwait(false);
            if (running.Count > 0 && running.Count < orphan.Running.Count)
            {
                LogPartlyFrozen(_logger, observed.InstanceId, runtime.Name, string.Join(", ", running));
            }

            _known[key] = orphan with { Running = running };
        }
    }

    // Asks for what runs to be frozen, at each look until nothing does: an engine may have been away, or not be able to.
    private async Task<IReadOnlyList<string>> RunsOnAsync(ILabRuntime runtime, ObservedInstance observed, CancellationToken cancellationToken)
    {
        var running = NamesOfRunning(observed);
        var names = runtime.Capabilities.Names;
        if (running.Count == 0 || (!names.Contains(RuntimeCapabilities.Pause) && !names.Contains(RuntimeCapabilities.PauseVirtualMachines)))
        {
            return running;
        }

        try
        {
            return NamesOfRunning(runtime is IPartialPause partial
                ? await partial.PauseWhatCanBeAsync(observed.InstanceId, cancellationToken).ConfigureAwait(false)
                : await runtime.PauseAsync(observed.InstanceId, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is RuntimeUnavailableException or InstanceFailedException)
        {
            LogNotFrozen(_logger, observed.InstanceId, runtime.Name, e.Message);
            return running;
        }
    }

    private static IReadOnlyList<string> NamesOfRunning(ObservedInstance observed) =>
        [.. observed.Machines.Where(m => m.Phase == MachinePhase.Running).Select(m => m.Name)];

    [LoggerMessage(121, LogLevel.Warning, "Instance {Instance} exists on {Runtime} but not in the database; it is deleted after {Hours} hours, or by hand on the system page")]
    private static partial void LogFound(ILogger logger, long instance, string runtime, double hours);

    [LoggerMessage(122, LogLevel.Warning, "Instance {Instance} on {Runtime}, unknown to the database, was deleted")]
    private static partial void LogDeleted(ILogger logger, long instance, string runtime);

    [LoggerMessage(123, LogLevel.Warning, "Instance {Instance} on {Runtime}, unknown to the database, could not be frozen: {Reason}")]
    private static partial void LogNotFrozen(ILogger logger, long instance, string runtime, string reason);

    [LoggerMessage(124, LogLevel.Warning, "Of instance {Instance} on {Runtime}, unknown to the database, {Machines} run on: the engine cannot freeze them")]
    private static partial void LogPartlyFrozen(ILogger logger, long instance, string runtime, string machines);
}

/// <summary>An instance that an engine holds and the database does not know.</summary>
/// <param name="Runtime">The runtime.</param>
/// <param name="InstanceId">The identity on its objects.</param>
/// <param name="SeenAt">When this server first saw it (UTC).</param>
/// <param name="Machines">Names of its machines.</param>
/// <param name="Running">Names of those that run on, because the engine could not freeze them.</param>
public sealed record Orphan(
    string Runtime, long InstanceId, DateTimeOffset SeenAt, IReadOnlyList<string> Machines, IReadOnlyList<string> Running)
{
    /// <summary>Whether some of its machines run on.</summary>
    public bool IsRunning => Running.Count > 0;
}
