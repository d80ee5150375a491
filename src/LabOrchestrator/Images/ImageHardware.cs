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

    /// <summary>Whether there is a TPM 2.0, which Windows 11 asks for. What it remembers belongs to the machine, as its disk does.</summary>
    public bool Tpm { get; init; }

    /// <summary>Whether there is a USB tablet, by which the pointer is where the user's is; without it there is a PS/2 mouse alone.</summary>
    public bool Tablet { get; init; } = true;

    /// <summary>What the image's file is.</summary>
    public ImageMedia Media { get; init; } = ImageMedia.Disk;
}

/// <summary>What the file of a VM's image is.</summary>
public enum ImageMedia
{
    /// <summary>The disk that the machine boots from.</summary>
    Disk,

    /// <summary>A CD or DVD, such as an installer's, that stands beside an empty disk and is booted while that cannot be.</summary>
    Cdrom,
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
