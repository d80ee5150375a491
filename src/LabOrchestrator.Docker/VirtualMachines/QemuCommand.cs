using System.Globalization;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Images;

namespace LabOrchestrator.Docker.VirtualMachines;

/// <summary>QEMU's arguments for a VM. Paths are those in the launcher.</summary>
internal static class QemuCommand
{
    /// <summary>The run folder in the launcher.</summary>
    public const string RunFolder = "/run/lab";

    /// <summary>Folder of the disk that the machine writes.</summary>
    public const string StateFolder = "/state";

    /// <summary>The seed, made by the launcher.</summary>
    public const string SeedFile = "/tmp/seed.iso";

    // Both are the launcher's to make.
    /// <summary>What QEMU's monitor calls the guest agent's channel.</summary>
    public const string Agent = "agent";

    private const string CdromFile = "/tmp/cdrom.qcow2";
    private const string TpmSocket = "/tmp/tpm.sock";

    // Translated code is cached; QEMU's own default of a gigabyte would be beyond the container's limit.
    private const int TranslationCacheMiB = 128;

    public static IReadOnlyList<string> Arguments(MachineBuild build, bool hasKvm)
    {
        var machine = build.Spec.Definition;
        var hardware = build.Spec.Image.Hardware;
        List<string> arguments =
        [
            "-no-user-config", "-nodefaults", "-name", machine.Name,
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
            "-machine", "pc,usb=off,dump-guest-core=off,mem-merge=on",
            "-accel", hasKvm ? "kvm" : Number($"tcg,thread=multi,tb-size={TranslationCacheMiB}"),
            "-cpu", hasKvm ? "host" : "max,la57=off",
            "-smp", Number($"{Math.Max(1, (int)Math.Ceiling(build.Cpus))}"),
            "-m", Number($"{machine.MemoryBytes >> 20}"),
            "-rtc", "base=utc",
            "-display", "none", "-vga", "std",
            "-vnc", $"unix:{RunFolder}/{RunFolders.Screen},share=ignore",
            "-device", "qemu-xhci,id=usb",
            "-device", "virtio-rng-pci",
            "-chardev", $"socket,id=serial,path={RunFolder}/serial.sock,server=on,wait=off", "-serial", "chardev:serial",
            "-qmp", $"unix:{RunFolder}/{RunFolders.Monitor},server=on,wait=off",
            "-chardev", $"socket,id={Agent},path={RunFolder}/agent.sock,server=on,wait=off",
            "-device", "virtio-serial-pci", "-device", $"virtserialport,chardev={Agent},name=org.qemu.guest_agent.0",
        ];
        if (hardware.Firmware == Firmware.Uefi)
        {
            arguments.AddRange(["-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"]);
            arguments.AddRange(["-drive", $"if=pflash,format=raw,file={StateFolder}/firmware.fd"]);
        }

        if (hardware.Tablet)
        {
            arguments.AddRange(["-device", "usb-tablet,bus=usb.0"]);
        }

        if (hardware.Tpm)
        {
            arguments.AddRange(["-chardev", $"socket,id=tpm,path={TpmSocket}", "-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-tis,tpmdev=tpm"]);
        }

        arguments.AddRange(Disks(hardware.DiskBus));
        if (hardware.Media == ImageMedia.Cdrom)
        {
            arguments.AddRange(["-drive", $"if=none,id=cdrom,file={CdromFile},format=qcow2,readonly=on"]);

            // After the disk, which cannot be booted before something is installed on it.
            arguments.AddRange(["-device", $"ide-cd,drive=cdrom,bus={(hardware.DiskBus == DiskBus.Sata ? "ahci.2" : "ide.1")},bootindex=1"]);
        }

        for (var i = 0; i < build.Cards.Length; i++)
        {
            arguments.AddRange(["-netdev", Number($"tap,id=card{i},ifname=tap{i},script=no,downscript=no")]);
            arguments.AddRange(["-device", Number($"{ModelOf(hardware.Nic)},netdev=card{i},mac={build.Cards[i].Mac}")]);
        }

        return arguments;
    }

    private static string[] Disks(DiskBus bus)
    {
        string[] drives =
        [
            "-drive", $"if=none,id=disk,file={StateFolder}/disk.qcow2,format=qcow2,discard=unmap,detect-zeroes=unmap",
            "-drive", $"if=none,id=seed,file={SeedFile},format=raw,readonly=on",
        ];
        string[] devices = bus switch
        {
            DiskBus.Sata =>
            [
                "-device", "ich9-ahci,id=ahci", "-device", "ide-hd,drive=disk,bus=ahci.0,bootindex=0",
                "-device", "ide-cd,drive=seed,bus=ahci.1",
            ],
            DiskBus.Scsi =>
            [
                "-device", "virtio-scsi-pci,id=scsi", "-device", "scsi-hd,drive=disk,bus=scsi.0,bootindex=0",
                "-device", "scsi-cd,drive=seed,bus=scsi.0",
            ],
            _ => ["-device", "virtio-blk-pci,drive=disk,bootindex=0", "-device", "virtio-blk-pci,drive=seed"],
        };
        return [.. drives, .. devices];
    }

    private static string ModelOf(NicModel model) => model switch
    {
        NicModel.E1000 => "e1000",
        NicModel.Rtl8139 => "rtl8139",
        _ => "virtio-net-pci",
    };

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
