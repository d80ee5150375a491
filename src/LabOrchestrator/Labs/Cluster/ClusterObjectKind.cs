using System.Collections.Immutable;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>A kind of object that an author may add to an instance on a cluster.</summary>
/// <param name="ApiVersion">Its group and version, as manifests write them.</param>
/// <param name="Name">Its name.</param>
/// <param name="PodSpec">Keys that lead to the specification of its pods; empty where it has none.</param>
public sealed record ClusterObjectKind(string ApiVersion, string Name, ImmutableArray<string> PodSpec)
{
    /// <summary>All of them. What decides about isolation, rights and quotas is never among them.</summary>
    public static ImmutableArray<ClusterObjectKind> All { get; } =
    [
        new("v1", "ConfigMap", []),
        new("v1", "Secret", []),
        new("v1", "Service", []),
        new("v1", "PersistentVolumeClaim", []),
        new("v1", "Pod", ["spec"]),
        new("apps/v1", "Deployment", ["spec", "template", "spec"]),
        new("apps/v1", "StatefulSet", ["spec", "template", "spec"]),
    ];

    /// <summary>The kind that a manifest states, or null where an author may not add it.</summary>
    public static ClusterObjectKind? Find(string? apiVersion, string? name) => All.FirstOrDefault(k => k.ApiVersion == apiVersion && k.Name == name);
}
