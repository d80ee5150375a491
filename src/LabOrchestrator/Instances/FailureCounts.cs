using System.Collections.Concurrent;

namespace LabOrchestrator.Instances;

/// <summary>Failures in a row by instance, and how long to wait after each: 1 s doubling to 30 s, a quarter of it at random.</summary>
internal sealed class FailureCounts
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<long, int> _counts = new();

    public int Of(long id) => _counts.GetValueOrDefault(id);

    public void Clear(long id) => _counts.TryRemove(id, out _);

    public TimeSpan NextDelay(long id)
    {
        var count = _counts.AddOrUpdate(id, 1, (_, c) => c + 1);
        var delay = TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Pow(2, Math.Min(count - 1, 6))));
        return delay * (0.75 + (Random.Shared.NextDouble() / 4));
    }
}
