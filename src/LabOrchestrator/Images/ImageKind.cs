namespace LabOrchestrator.Images;

/// <summary>What a machine of an image is.</summary>
public enum ImageKind
{
    /// <summary>A container of the engine.</summary>
    Container,

    /// <summary>A virtual machine; the image holds one qcow2 or raw file in <c>/disk/</c> (KubeVirt's containerDisk).</summary>
    Vm,
}
