using LabOrchestrator.Installations;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>The labels that our objects carry. Nothing without the installation's is ever touched.</summary>
internal static class ClusterLabels
{
    /// <summary>Whose object it is.</summary>
    public const string Installation = "lab-orchestrator/installation";

    /// <summary>Of which instance.</summary>
    public const string Instance = "lab-orchestrator/instance";

    /// <summary>What it is for: <see cref="MachineRole"/>, <see cref="HelperRole"/> or <see cref="ProbeRole"/>.</summary>
    public const string Role = "lab-orchestrator/role";

    /// <summary>Name of the machine.</summary>
    public const string Machine = "lab-orchestrator/machine";

    /// <summary>How often the machine's disk was returned to its image.</summary>
    public const string ResetGeneration = "lab-orchestrator/reset-generation";

    /// <summary>Annotation: how often the machine was wished to boot.</summary>
    public const string BootGeneration = "lab-orchestrator/boot-generation";

    /// <summary>Annotation of a container machine: <see cref="Off"/> when a user powered it off.</summary>
    public const string Power = "lab-orchestrator/power";

    /// <summary>Annotation of a container machine that is powered off and booted in its pod, so that its disk stays.</summary>
    public const string InPlace = "lab-orchestrator/in-place";

    /// <summary>Annotation: the machine's addresses in the lab's own networks, with commas between.</summary>
    public const string Addresses = "lab-orchestrator/addresses";

    /// <summary>Annotation: what users of the machine should know.</summary>
    public const string Remark = "lab-orchestrator/remark";

    /// <summary>
    /// Annotation of a VM: the image that its present disk was made from, with the digest where it was known; of an uploaded disk: its
    /// reference.
    /// </summary>
    public const string DiskImage = "lab-orchestrator/image";

    /// <summary>Annotation: hash of the manifest that was applied last; what has it need not be applied again.</summary>
    public const string Manifest = "lab-orchestrator/manifest";

    /// <summary>KubeVirt's own, on the pods in which VMs run.</summary>
    public const string KubeVirt = "kubevirt.io";

    /// <summary>Value of the annotations that say yes.</summary>
    public const string Yes = "yes";

    /// <summary>Value of <see cref="Power"/>.</summary>
    public const string Off = "off";

    /// <summary>Annotation of a namespace: which objects of the lab's author were applied.</summary>
    public const string AuthorObjects = "lab-orchestrator/author-objects";

    /// <summary>Role of machines.</summary>
    public const string MachineRole = "machine";

    /// <summary>Role of the helper.</summary>
    public const string HelperRole = "helper";

    /// <summary>Role of what tries for a moment whether the cluster does what labs rely on.</summary>
    public const string ProbeRole = "probe";

    /// <summary>Which part a pod of such a probe has.</summary>
    public const string ProbePart = "lab-orchestrator/probe";

    /// <summary>The labels of all objects of an instance.</summary>
    public static Dictionary<string, string> Of(Installation installation, long instanceId) => new(StringComparer.Ordinal)
    {
        [Installation] = installation.Id,
        [Instance] = $"{instanceId}",
    };

    /// <summary>The labels of a machine's objects.</summary>
    public static Dictionary<string, string> OfMachine(Installation installation, long instanceId, string machine) => new(Of(installation, instanceId))
    {
        [Role] = MachineRole,
        [Machine] = machine,
    };

    /// <summary>The labels of the helper's objects.</summary>
    public static Dictionary<string, string> OfHelper(Installation installation, long instanceId) => new(Of(installation, instanceId))
    {
        [Role] = HelperRole,
    };

    /// <summary>The labels of a probe's objects, which belong to no instance.</summary>
    public static Dictionary<string, string> OfProbe(Installation installation) => new(StringComparer.Ordinal)
    {
        [Installation] = installation.Id,
        [Role] = ProbeRole,
    };
}
