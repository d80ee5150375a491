namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>What users of a machine should know, in the same words for containers and VMs.</summary>
internal static class MachineWords
{
    public const string LostDisk = "The cluster lost this machine and made it again; its disk is as in its image.";
}
