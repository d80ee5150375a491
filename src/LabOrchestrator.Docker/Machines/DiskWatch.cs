using System.Collections.Concurrent;
using System.Globalization;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.Machines;

/// <summary>
/// Ends container machines that have written more than their lab lets them. Most engines cannot limit a container's disk; this looks
/// every <see cref="Every"/>, so a machine can exceed its limit by what it writes meanwhile.
/// </summary>
internal sealed partial class DiskWatch(EngineClient engine, DiskUse use, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>Time between two looks: 5 seconds.</summary>
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>How long a machine that was started again may take to make room: 5 minutes.</summary>
    internal static readonly TimeSpan TimeToTidy = TimeSpan.FromMinutes(5);

    // While it makes room it may write this much: what a shell and its editor need.
    private const long RoomToTidy = 32 << 20;

    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<(string Container, DateTimeOffset Started), long> _tidying = new();
    private int _started;
    private int _disposed;

    /// <summary>Begins to watch, once.</summary>
    public void Begin()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            _ = WatchAsync(_end.Token);
        }
    }

    /// <summary>Why a machine was ended by this watch; null when it was not for its disk.</summary>
    public async Task<string?> ReasonAsync(long instanceId, FoundMachine machine, CancellationToken cancellationToken)
    {
        var limit = LimitOf(machine.Labels);
        var measured = await use.MeasureAsync(instanceId, cancellationToken).ConfigureAwait(false);
        return limit is { } most && measured.Any(m => m.Machine.Id == machine.Id && m.Bytes > most)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"The machine was stopped because its files take more than its {most >> 20} MiB of disk. Restart it and remove some within {TimeToTidy.TotalMinutes:0} minutes, or reset it.")
            : null;
    }

    public void Dispose()
    {
        // A host that knows the runtime by two names disposes it twice.
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _end.Cancel();
        _end.Dispose();
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    await LookAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is RuntimeUnavailableException or EngineException)
                {
                    LogNotMeasured(logger, e.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The runtime is disposed.
        }
        catch (ObjectDisposedException)
        {
            // As above, in the middle of a call.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var (machine, bytes) in await use.MeasureAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (ContainerStates.IsUp(machine.State) && LimitOf(machine.Labels) is { } limit && bytes > limit
                && !await MayTidyAsync(machine.Id, bytes, cancellationToken).ConfigureAwait(false))
            {
                LogEnded(logger, machine.Name, bytes, limit);
                await engine.Containers.StopAsync(machine.Id, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> MayTidyAsync(string container, long bytes, CancellationToken cancellationToken)
    {
        if (await engine.Containers.FindAsync(container, cancellationToken).ConfigureAwait(false) is not { } details
            || details.State.FinishedAt <= DateTimeOffset.UnixEpoch)
        {
            // It was never ended, so it was never told.
            return false;
        }

        foreach (var old in _tidying.Keys.Where(k => time.GetUtcNow() - k.Started > TimeToTidy))
        {
            _tidying.TryRemove(old, out _);
        }

        var started = details.State.StartedAt;
        return time.GetUtcNow() - started <= TimeToTidy
            && bytes <= _tidying.GetOrAdd((container, started), bytes) + RoomToTidy;
    }

    private static long? LimitOf(IReadOnlyDictionary<string, string> labels) =>
        long.TryParse(labels.GetValueOrDefault(EngineLabels.DiskBytes), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null;

    [LoggerMessage(2030, LogLevel.Warning, "{Machine} is ended: its files take {Bytes} bytes, and it may have {Limit}")]
    private static partial void LogEnded(ILogger logger, string machine, long bytes, long limit);

    [LoggerMessage(2031, LogLevel.Debug, "The machines' disks could not be measured: {Reason}")]
    private static partial void LogNotMeasured(ILogger logger, string reason);
}
