using System.Globalization;
using LabOrchestrator.CloudInit;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Images;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.VirtualMachines;

/// <summary>
/// Describes VMs to the engine: a launcher container each, which bridges its cards with taps and then becomes QEMU as an ordinary user
/// without any capability.
/// </summary>
internal sealed class LauncherMachines(
    EngineClient engine, EngineNames names, Installation installation, DockerRuntimeOptions options, HardwareVirtualisation hardware, RunFolders folders)
{
    // QEMU beside the guest's memory: devices, translated code, the keeper.
    private const long OverheadBytes = 384L << 20;
    private const long MostProcesses = 256;
    /// <summary>What an image's disk is called among the contents of images.</summary>
    public const string DiskContent = "disk";

    private const string DiskFolder = "/disk";

    private const string EmulationRemark =
        "It runs in software emulation, which is slow, because the host offers no hardware virtualisation that works.";

    /// <summary>Image of the launchers.</summary>
    public string Image => options.LauncherImage;

    /// <summary>Makes the volume that the machine writes and returns the name of the one with its image's disk.</summary>
    public async Task<PreparedVolume> PrepareDiskAsync(ImageContents contents, long instanceId, MachineSpec wanted, ResolvedImage image, CancellationToken cancellationToken)
    {
        var disk = contents.EnsureAsync(DiskContent, image.Id, DiskFolder, cancellationToken);
        var name = names.Disk(instanceId, wanted.Name);
        var labels = EngineLabels.For(installation, instanceId, EngineRoles.Disk);
        labels[EngineLabels.Reset] = wanted.ResetGeneration.ToString(CultureInfo.InvariantCulture);
        var old = await engine.Volumes.FindAsync(name, cancellationToken).ConfigureAwait(false);
        var isKept = old?.Labels?.GetValueOrDefault(EngineLabels.Reset) == labels[EngineLabels.Reset];
        if (old is not null && !isKept)
        {
            // A reset that did not come to its end.
            await engine.Volumes.RemoveAsync(name, cancellationToken).ConfigureAwait(false);
        }

        await engine.Volumes.CreateAsync(new VolumeCreation(name, labels), cancellationToken).ConfigureAwait(false);
        return new PreparedVolume(await disk.ConfigureAwait(false), isKept);
    }

    public async Task<ContainerCreation> DescribeAsync(MachineBuild build, string diskVolume, CancellationToken cancellationToken)
    {
        var machine = build.Spec.Definition;
        var hasKvm = await hardware.WorksAsync(cancellationToken).ConfigureAwait(false);
        var network = names.Network(build.InstanceId, build.Cards[0].Network);
        var memory = machine.MemoryBytes + OverheadBytes;
        var account = HostAccount.Current;
        var remark = string.Join(' ', new[] { hasKvm ? null : EmulationRemark, build.CpuRemark }.OfType<string>());

        // It is mounted, so it must be there before the container is; what is in it comes before each boot.
        folders.Make(build.InstanceId, machine.Name);
        return new ContainerCreation
        {
            Image = options.LauncherImage,
            Hostname = "launcher",
            User = "0:0",
            Entrypoint = ["/usr/bin/tini", "--", "/usr/lib/lab-orchestrator/launcher"],
            Cmd = QemuCommand.Arguments(build, hasKvm),
            Env =
            [
                "LAB_CARDS=" + string.Join('\n', build.Cards.Select(c => c.Carrier)),
                string.Create(CultureInfo.InvariantCulture, $"LAB_USER={account.UserId}"),
                string.Create(CultureInfo.InvariantCulture, $"LAB_GROUP={account.GroupId}"),
                .. Media(build),
            ],
            Labels = MachineLabels.For(build, installation, remark.Length == 0 ? null : remark, options),
            HostConfig = new HostConfig
            {
                NetworkMode = network,
                NanoCpus = (long)(build.Cpus * 1_000_000_000),
                Memory = memory,
                MemorySwap = memory,
                PidsLimit = MostProcesses,
                CapDrop = ["ALL"],

                // For setting up only: QEMU itself gets none of them.
                CapAdd = ["NET_ADMIN", "CHOWN", "SETUID", "SETGID", "SETPCAP"],
                SecurityOpt = ["no-new-privileges"],
                ReadonlyRootfs = true,
                Tmpfs = new Dictionary<string, string> { ["/tmp"] = "size=16m,mode=1777" },
                Devices = [DeviceMapping.Of("/dev/net/tun"), .. hasKvm ? [DeviceMapping.Of(HardwareVirtualisation.Device)] : Array.Empty<DeviceMapping>()],
                Mounts =
                [
                    MountSpec.Volume(diskVolume, DiskFolder, readOnly: true),
                    MountSpec.Volume(names.Disk(build.InstanceId, machine.Name), QemuCommand.StateFolder),
                    MountSpec.Bind(folders.Of(build.InstanceId, machine.Name), QemuCommand.RunFolder),
                ],
                LogConfig = LogConfig.Capped,
            },
            NetworkingConfig = new NetworkingConfig(new Dictionary<string, EndpointSettings> { [network] = ContainerMachines.EndOf(build.Cards[0]) }),
        };
    }

    // A disk beside a CD has no size of its own.
    private string[] Media(MachineBuild build) => build.Spec.Image.Hardware.Media == ImageMedia.Cdrom
        ? ["LAB_MEDIA=cdrom", DiskBytes(build.Spec.Definition.DiskBytes ?? options.DiskBytes)]
        : [DiskBytes(build.Spec.Definition.DiskBytes ?? 0)];

    private static string DiskBytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"LAB_DISK_BYTES={bytes}");

    /// <summary>The seed of a machine's present disk.</summary>
    public CloudInitSeed SeedOf(long instanceId, MachineSpec wanted, IReadOnlyList<string> macs) => CloudInitSeed.Compose(
        string.Create(CultureInfo.InvariantCulture, $"{names.InstancePrefix(instanceId)}{wanted.Name}-{wanted.ResetGeneration}"), wanted, macs);
}
