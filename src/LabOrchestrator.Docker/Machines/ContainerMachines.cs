using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Docker.Machines;

/// <summary>Describes container machines to the engine.</summary>
internal sealed class ContainerMachines(EngineNames names, Installation installation, NameFiles nameFiles, DockerRuntimeOptions options)
{
    /// <summary>Where the keeper is, in the launcher image and in every container machine.</summary>
    public const string KeeperFolder = "/usr/lib/lab-orchestrator";

    /// <summary>The keeper's program.</summary>
    public const string Keeper = KeeperFolder + "/keeper";

    /// <summary>The first process of a container machine: it takes in and buries orphans, and passes signals on.</summary>
    public const string Init = KeeperFolder + "/init";

    /// <summary>The keeper's abstract socket, in the machine's own network namespace.</summary>
    public const string TerminalSocket = "@lab-keeper-terminal";

    private const long MostProcesses = 512;

    // Programs that are first processes themselves, some of which refuse to be anything else.
    private static readonly string[] Inits = ["init", "systemd", "tini", "tini-static", "dumb-init", "catatonit", "docker-init", "s6-svscan"];

    private static readonly string[] Shells = ["sh", "bash", "ash", "dash", "zsh", "fish", "busybox"];

    public ContainerCreation Describe(MachineBuild build, string keeperVolume)
    {
        var machine = build.Spec.Definition;
        var first = build.Cards[0];
        var network = names.Network(build.InstanceId, first.Network);
        return new ContainerCreation
        {
            Image = build.Image.Id,
            Hostname = machine.Name,
            Entrypoint = ProgramOf(machine, build.Image.Config),
            Cmd = [],
            Env = [.. machine.Environment.Select(e => $"{e.Key}={e.Value}")],
            Labels = MachineLabels.For(build, installation, build.CpuRemark, options),
            HostConfig = Limits(build, network) with
            {
                CapAdd = CapabilitiesFor(machine, build.Image.Config.User),
                SecurityOpt = machine.Privileges.Contains(MachinePrivilege.Sudo) ? [] : ["no-new-privileges"],
                Mounts =
                [
                    MountSpec.Volume(keeperVolume, KeeperFolder, readOnly: true),
                    .. nameFiles.Prepare(build.InstanceId, machine.Name, build.Cards),
                    .. machine.Volumes.Select((v, i) => MountSpec.Volume(
                        names.Volume(build.InstanceId, machine.Name, i),
                        v.Path,
                        noCopy: false,
                        labels: EngineLabels.For(installation, build.InstanceId, EngineRoles.Disk))),
                ],
            },
            NetworkingConfig = new NetworkingConfig(new Dictionary<string, EndpointSettings> { [network] = EndOf(first) }),
        };
    }

    /// <summary>A machine's end in a network. The engine answers for its name only where the engine knows its address.</summary>
    public static EndpointSettings EndOf(Networks.CardPlan card) => new()
    {
        Address = new EndpointAddress(card.Carrier),
        Aliases = card.IsRewritten ? null : [card.Machine],
    };

    /// <summary>
    /// What runs in it: the lab's command, else the image's own. A shell without a terminal would end at once, and an image may have no
    /// command at all: then the keeper holds the machine up.
    /// </summary>
    internal static IReadOnlyList<string> ProgramOf(MachineDefinition machine, ImageConfig image)
    {
        string[] program = machine.Command.IsEmpty ? [.. image.Entrypoint ?? [], .. image.Cmd ?? []] : [.. machine.Command];
        return program switch
        {
            [] => [Keeper, "hold"],
            [var only] when machine.Command.IsEmpty && Shells.Contains(Path.GetFileName(only)) => [Keeper, "hold"],
            [var first, ..] when Inits.Contains(Path.GetFileName(first)) => program,
            _ => [Init, "--", .. program],
        };
    }

    internal static IReadOnlyList<string> CapabilitiesFor(MachineDefinition machine, string? user)
    {
        var capabilities = MachineCapabilities.Of(machine.Privileges);

        // Nobody in it can ever use this, because of no-new-privileges. But programs marked to have it, such as Debian's ping, could not
        // even be started without: and ping does as well without the right.
        return IsRoot(user) || machine.Privileges.Contains(MachinePrivilege.Sudo) ? capabilities : [.. capabilities.Union(["NET_RAW"])];
    }

    private static bool IsRoot(string? user) => string.IsNullOrEmpty(user) || user.Split(':')[0] is "root" or "0";

    private static HostConfig Limits(MachineBuild build, string network) => new()
    {
        NetworkMode = network,
        NanoCpus = (long)(build.Cpus * 1_000_000_000),
        Memory = build.Spec.Definition.MemoryBytes,
        MemorySwap = build.Spec.Definition.MemoryBytes,
        PidsLimit = MostProcesses,
        CapDrop = ["ALL"],
        Sysctls = new Dictionary<string, string> { ["net.ipv4.ping_group_range"] = "0 2147483647" },
        Dns = Networks.CardPlan.GatewaysOf(build.Cards),

        // Keeps the host's own search domain out of the machine.
        DnsSearch = ["."],
        LogConfig = LogConfig.Capped,
    };
}
