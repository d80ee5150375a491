using System.Runtime.CompilerServices;

namespace LabOrchestrator.Conformance;

/// <summary>
/// Waits for what comes by itself. The limit is far above what anything takes, so that a machine with much else to do reaches it only where
/// nothing comes at all.
/// </summary>
public static class Eventually
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>How long is waited: 2 minutes.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    /// <summary>Cancelled with the test, and after <see cref="Patience"/>.</summary>
    public static CancellationTokenSource Limit()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        return limit;
    }

    /// <summary>Waits until something is so.</summary>
    /// <exception cref="TimeoutException">It did not become so.</exception>
    public static Task IsSoAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? what = null) =>
        ShowsAsync(() => Task.FromResult(condition()), static isSo => isSo, what);

    /// <summary>Looks until what is seen is as wanted, and returns it.</summary>
    /// <exception cref="TimeoutException">It did not become so; the message has what was seen last.</exception>
    public static async Task<T> ShowsAsync<T>(
        Func<Task<T>> look, Func<T, bool> isWanted, [CallerArgumentExpression(nameof(isWanted))] string? what = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var seen = await look();
            if (isWanted(seen))
            {
                return seen;
            }

            if (TimeProvider.System.GetElapsedTime(started) > Patience)
            {
                throw new TimeoutException($"This did not become so within {Patience.TotalSeconds:0} s: {what}. Last seen: {seen}");
            }

            await Task.Delay(pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
