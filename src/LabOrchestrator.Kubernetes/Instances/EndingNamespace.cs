using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>Says what keeps a namespace from ending.</summary>
internal static class EndingNamespace
{
    private static readonly string[] Telling =
    [
        "NamespaceDeletionDiscoveryFailure", "NamespaceDeletionGroupVersionParsingFailure", "NamespaceDeletionContentFailure",
        "NamespaceContentRemaining", "NamespaceFinalizersRemaining",
    ];

    /// <summary>A sentence with the cluster's own words, and the objects that we know of.</summary>
    public static string WhatBlocks(Namespace ending, ClusterView view)
    {
        var words = ending.Status.Conditions.Where(c => c.Status == "True" && Telling.Contains(c.Type)).Select(c => c.Message).OfType<string>();
        var objects = Held("Pod", view.Pods.In(ending.Name))
            .Concat(Held("VirtualMachine", view.VirtualMachines.In(ending.Name)))
            .Concat(Held("VirtualMachineInstance", view.Guests.In(ending.Name)))
            .Concat(Held("DataVolume", view.Disks.In(ending.Name)))
            .Concat(Held("Service", view.Services.In(ending.Name)))
            .Concat(Held("NetworkPolicy", view.Policies.In(ending.Name)));
        return string.Join(' ', [$"The namespace {ending.Name} is ending and not gone yet.", .. words.Select(w => w.EndsWith('.') ? w : w + "."), .. objects]);
    }

    private static IEnumerable<string> Held(string kind, IEnumerable<KubernetesObject> objects) =>
        from one in objects
        where one.Metadata.Finalizers.Count > 0
        select $"{kind} {one.Name} is held by {string.Join(", ", one.Metadata.Finalizers)}.";
}
