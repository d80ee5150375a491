using System.Collections.Concurrent;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Watching;
using LabOrchestrator.Kubernetes.Machines;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>
/// The digests of VMs' images. KubeVirt and CDI do not state them; but the node pulls a disk's image for CDI's importer, whose pod has it
/// as a container while it works. What was seen there is kept until the namespace ends.
/// </summary>
internal sealed class ImportedImages
{
    private readonly ConcurrentDictionary<(string Namespace, string Image), string> _digests = new();
    private readonly ClusterView _view;

    public ImportedImages(ClusterView view)
    {
        _view = view;
        view.Importers.Subscribe(Take);
        view.Namespaces.Subscribe(Forget);
    }

    /// <summary>The digest of an image that a namespace's disk was made from; null where it was not seen.</summary>
    public string? DigestOf(string @namespace, string image) => _digests.GetValueOrDefault((@namespace, image));

    private void Take(ObjectChange<Pod> change)
    {
        // Others on the cluster import disks too.
        if (change.After is not { } pod || !_view.Namespaces.TryGet("", pod.Namespace, out _))
        {
            return;
        }

        foreach (var container in pod.Spec.Containers)
        {
            var status = pod.Status.ContainerStatuses.FirstOrDefault(s => s.Name == container.Name);
            if (container.Image is { } image && ResolvedImage.DigestOf(status?.ImageId, image) is { } digest)
            {
                _digests[(pod.Namespace, image)] = digest;
            }
        }
    }

    private void Forget(ObjectChange<Namespace> change)
    {
        if (change.After is null)
        {
            foreach (var key in _digests.Keys.Where(k => k.Namespace == change.Object.Name))
            {
                _digests.TryRemove(key, out _);
            }
        }
    }
}
