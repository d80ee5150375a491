namespace LabOrchestrator.Images.Uploads;

/// <summary>What an uploaded file is, by its content.</summary>
public enum DiskFormat
{
    /// <summary>A disk as it is, with a partition table or a boot sector.</summary>
    Raw,

    /// <summary>QEMU's disk.</summary>
    Qcow2,

    /// <summary>VMware's disk in one file.</summary>
    Vmdk,

    /// <summary>Hyper-V's disk.</summary>
    Vhdx,

    /// <summary>A CD or DVD.</summary>
    Iso,

    /// <summary>An appliance: an archive with a description and its disk.</summary>
    Ova,
}
