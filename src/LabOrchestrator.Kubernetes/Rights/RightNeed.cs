namespace LabOrchestrator.Kubernetes.Rights;

/// <summary>What a right is needed for; without it that much does not work, and the rest does.</summary>
internal enum RightNeed
{
    /// <summary>Every lab.</summary>
    Always,

    /// <summary>Virtual machines, where KubeVirt is installed.</summary>
    VirtualMachines,

    /// <summary>Disks of virtual machines, where CDI is installed.</summary>
    Disks,

    /// <summary>Labs whose containers have volumes, or whose authors add some.</summary>
    Volumes,

    /// <summary>Labs with several networks, where Multus is installed.</summary>
    Networks,

    /// <summary>Labs whose authors add objects of their own.</summary>
    AuthorsObjects,

    /// <summary>The cluster's own words where a machine does not start and its pod's status gives no reason.</summary>
    Words,
}
