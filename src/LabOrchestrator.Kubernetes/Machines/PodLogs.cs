using System.Collections.Concurrent;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Manifests;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>The last words of machines that ended, read once of each end.</summary>
internal sealed class PodLogs(KubernetesClient client)
{
    private const int Lines = 20;
    private const int MostLog = 2000;
    private const int MostKept = 1000;

    private readonly ConcurrentDictionary<(string Uid, string Version), string> _known = new();

    /// <summary>The tail of a pod's log, empty when there is none.</summary>
    /// <exception cref="Runtimes.RuntimeUnavailableException">The cluster is away.</exception>
    public async ValueTask<string> TailAsync(Pod pod, CancellationToken cancellationToken)
    {
        var key = (pod.Metadata.Uid, $"{pod.Status.Phase} {pod.Status.Conditions.Find("Ready")?.LastTransitionTime}");
        if (_known.TryGetValue(key, out var known))
        {
            return known;
        }

        string log;
        try
        {
            log = await client.ReadLogAsync(pod.Namespace, pod.Name, ContainerManifests.Container, Lines, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesException)
        {
            // It never started, or its node is gone: then there are no last words.
            log = "";
        }

        log = log.TrimEnd();
        log = log.Length > MostLog ? log[^MostLog..] : log;
        if (_known.Count >= MostKept)
        {
            _known.Clear();
        }

        _known[key] = log;
        return log;
    }
}
