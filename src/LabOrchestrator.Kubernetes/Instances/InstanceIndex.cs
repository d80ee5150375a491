using System.Globalization;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Watching;
using LabOrchestrator.Kubernetes.Manifests;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>Which namespace an instance has.</summary>
internal sealed class InstanceIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, string> _namespaces = [];

    /// <summary>The namespace of an instance, or null.</summary>
    public string? Find(long instanceId)
    {
        lock (_lock)
        {
            return _namespaces.GetValueOrDefault(instanceId);
        }
    }

    /// <summary>All instances with their namespaces.</summary>
    public IReadOnlyList<KeyValuePair<long, string>> All()
    {
        lock (_lock)
        {
            return [.. _namespaces];
        }
    }

    /// <summary>The instance that an object belongs to, or null.</summary>
    public static long? InstanceOf(KubernetesObject found) =>
        found.Metadata.Labels.TryGetValue(ClusterLabels.Instance, out var text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : null;

    public void Take(ObjectChange<Namespace> change)
    {
        if (InstanceOf(change.Object) is not { } id)
        {
            return;
        }

        lock (_lock)
        {
            if (change.After is not null)
            {
                _namespaces[id] = change.After.Name;
            }
            else if (_namespaces.GetValueOrDefault(id) == change.Object.Name)
            {
                _namespaces.Remove(id);
            }
        }
    }
}
