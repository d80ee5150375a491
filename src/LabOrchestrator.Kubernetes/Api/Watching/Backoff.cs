namespace LabOrchestrator.Kubernetes.Api.Watching;

/// <summary>Waits that double after each failure, with full jitter, so that many watchers do not come back at once.</summary>
/// <param name="time">The clock.</param>
/// <param name="jitter">Random numbers from 0 to below 1.</param>
internal sealed class Backoff(TimeProvider time, Func<double> jitter)
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(0.8);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan Quiet = TimeSpan.FromMinutes(2);

    private TimeSpan _next = First;
    private long? _failedAt;

    /// <summary>Notes a failure.</summary>
    /// <returns>How long to wait: from the wait of the series to twice of it.</returns>
    public TimeSpan Fail()
    {
        if (_failedAt is { } before && time.GetElapsedTime(before) > Quiet)
        {
            _next = First;
        }

        _failedAt = time.GetTimestamp();
        var wait = _next;
        _next = _next * 2 < Longest ? _next * 2 : Longest;
        return wait * (1 + jitter());
    }
}
