using System.Collections.Concurrent;
using LabOrchestrator.Docker.Engine;

namespace LabOrchestrator.Docker.Networks;

/// <summary>
/// How long helpers that end as soon as they begin are left as they are: 1 s, doubled after each such run up to 1 min. Whoever asks
/// again after that time may start it.
/// </summary>
internal sealed class HelperPauses(TimeProvider time)
{
    /// <summary>The first pause.</summary>
    internal static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    // A host under load may take seconds for what is done in an instant.
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<long, Run> _runs = new();

    /// <summary>How long an instance's helper is still left alone; zero when it may be started.</summary>
    public TimeSpan LeftOf(long instanceId, ContainerState helper)
    {
        if (!EndedAtOnce(helper))
        {
            Forget(instanceId);
            return TimeSpan.Zero;
        }

        // By our own clock: the engine's may differ.
        var run = _runs.AddOrUpdate(
            instanceId,
            _ => new Run(helper.FinishedAt, 1, time.GetTimestamp()),
            (_, last) => last.FinishedAt == helper.FinishedAt ? last : new Run(helper.FinishedAt, last.Count + 1, time.GetTimestamp()));
        var pause = First * Math.Min(Math.Pow(2, run.Count - 1), Longest / First);
        var left = pause - time.GetElapsedTime(run.SeenAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>It is made anew, or its instance is gone.</summary>
    public void Forget(long instanceId) => _runs.TryRemove(instanceId, out _);

    // Who was ended from outside, with the engine or by hand, has one of the codes below. The end of a very short run is before its
    // beginning: the engine takes that one's time a moment later.
    private static bool EndedAtOnce(ContainerState helper) => helper is { Status: ContainerStates.Exited, ExitCode: not (0 or 137 or 143) }
        && (helper.FinishedAt - helper.StartedAt).Duration() < AtOnce;

    private sealed record Run(DateTimeOffset FinishedAt, int Count, long SeenAt);
}
