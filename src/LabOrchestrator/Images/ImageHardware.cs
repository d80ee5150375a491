namespace LabOrchestrator.Images;

/// <summary>The virtual hardware that a guest has drivers for. The defaults suit a Linux guest.</summary>
public sealed record ImageHardware
{
    /// <summary>Firmware that boots the disk.</summary>
    public Firmware Firmware { get; init; } = Firmware.Bios;

    /// <summary>Bus of the disk.</summary>
    public DiskBus DiskBus { get; init; } = DiskBus.Virtio;

    /// <summary>Model of the network cards.</summary>
    public NicModel Nic { get; init; } = NicModel.Virtio;
}

/// <summary>Firmware of a VM.</summary>
public enum Firmware
{
    /// <summary>SeaBIOS.</summary>
    Bios,

    /// <summary>OVMF.</summary>
    Uefi,
}

/// <summary>Bus a VM's disk is attached to.</summary>
public enum DiskBus
{
    /// <summary>virtio-blk.</summary>
    Virtio,

    /// <summary>AHCI.</summary>
    Sata,

    /// <summary>virtio-scsi.</summary>
    Scsi,
}

/// <summary>Model of a VM's network card.</summary>
public enum NicModel
{
    /// <summary>virtio-net.</summary>
    Virtio,

    /// <summary>Intel 82540EM.</summary>
    E1000,

    /// <summary>Realtek 8139.</summary>
    Rtl8139,
}
