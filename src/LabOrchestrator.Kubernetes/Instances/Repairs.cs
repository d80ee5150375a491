using System.Collections.Concurrent;
using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>
/// What was set right of late, so that each change is answered once: also while the watches are behind, where something on the cluster sets
/// its own values whatever we apply, and where somebody as stubborn changes it back each time.
/// </summary>
internal sealed class Repairs(TimeProvider time)
{
    private const int MostAtOnce = 3;
    private const int ManyKept = 1000;
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Repair> _last = new(StringComparer.Ordinal);

    /// <summary>Whether an object that is not as we made it is to be set right now.</summary>
    public bool May(KubernetesObject found) =>
        !_last.TryGetValue(found.Metadata.Uid, out var last)
        || (last.Version != found.Metadata.ResourceVersion && (last.Count < MostAtOnce || IsRested(last)));

    /// <summary>It was set right. Returns whether it is left alone for a while now, because that is in vain.</summary>
    public bool Note(KubernetesObject found)
    {
        if (_last.Count >= ManyKept)
        {
            foreach (var (uid, old) in _last)
            {
                if (IsRested(old))
                {
                    _last.TryRemove(uid, out _);
                }
            }
        }

        var now = _last.AddOrUpdate(
            found.Metadata.Uid,
            _ => new Repair(found.Metadata.ResourceVersion, 1, time.GetTimestamp()),
            (_, last) => new Repair(found.Metadata.ResourceVersion, IsRested(last) ? 1 : last.Count + 1, time.GetTimestamp()));
        return now.Count >= MostAtOnce;
    }

    private bool IsRested(Repair last) => time.GetElapsedTime(last.At) >= Rest;

    private sealed record Repair(string Version, int Count, long At);
}
