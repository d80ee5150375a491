using System.Collections.Concurrent;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Watching;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>
/// What the cluster said of pods that do not come on although their status gives no reason: that their network or a volume cannot be made
/// is told in events alone.
/// </summary>
internal sealed class PodWords
{
    private const int MostWords = 500;

    private readonly ConcurrentDictionary<string, string> _words = new(StringComparer.Ordinal);

    /// <param name="pods">The pods; what was said of one is forgotten when it comes on or goes.</param>
    public PodWords(WatchedCollection<Pod> pods) => pods.Subscribe(change =>
    {
        if (change.After is not { } pod || !IsSilent(pod))
        {
            _words.TryRemove(change.Object.Metadata.Uid, out _);
        }
    });

    /// <summary>It has a node, does not come on, and its status does not say why.</summary>
    public static bool IsSilent(Pod pod) =>
        pod is { IsDeleting: false, Spec.NodeName: not null, Status.Phase: "Pending" } && PodReading.Sight(pod) is { Phase: MachinePhase.Starting, Reason: null };

    /// <summary>Keeps what was said. Returns whether that is news.</summary>
    public bool Keep(Pod pod, string words)
    {
        words = words.Length > MostWords ? words[..MostWords] + "…" : words;
        if (_words.TryGetValue(pod.Metadata.Uid, out var before) && before == words)
        {
            return false;
        }

        _words[pod.Metadata.Uid] = words;
        return true;
    }

    /// <summary>What is seen of a machine, with what was said of its pod where nothing better is known.</summary>
    public MachineSight Tell(MachineSight sight, Pod? pod) =>
        pod is not null && sight is { Phase: MachinePhase.Starting, Reason: null } && _words.TryGetValue(pod.Metadata.Uid, out var words)
            ? sight with { Reason = words }
            : sight;
}
