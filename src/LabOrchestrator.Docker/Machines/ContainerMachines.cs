using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Docker.Machines;

/// <summary>Describes container machines to the engine.</summary>
internal sealed class ContainerMachines(EngineNames names, Installation installation, DockerRuntimeOptions options)
{
    /// <summary>Where the keeper is, in the launcher image and in every container machine.</summary>
    public const string KeeperFolder = "/usr/lib/lab-orchestrator";

    /// <summary>The keeper's program.</summary>
    public const string Keeper = KeeperFolder + "/keeper";

    /// <summary>The keeper's abstract socket, in the machine's own network namespace.</summary>
    public const string TerminalSocket = "@lab-keeper-terminal";

    private const long MostProcesses = 512;

    private static readonly string[] Shells = ["sh", "bash", "ash", "dash", "zsh", "fish", "busybox"];

    // Enough for daemons that begin as root and become somebody else; nothing that reaches out of the machine.
    private static readonly string[] Capabilities =
        ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"];

    private static readonly string[] SudoCapabilities = ["AUDIT_WRITE", "SETFCAP", "SETPCAP", "SYS_CHROOT"];

    public ContainerCreation Describe(MachineBuild build, string keeperVolume)
    {
        var machine = build.Spec.Definition;
        var first = build.Cards[0];
        var (entrypoint, command) = ProgramOf(machine, build.Image.Config);
        var network = names.Network(build.InstanceId, first.Network);
        return new ContainerCreation
        {
            Image = build.Image.Id,
            Hostname = machine.Name,
            Entrypoint = entrypoint,
            Cmd = command,
            Env = [.. machine.Environment.Select(e => $"{e.Key}={e.Value}")],
            Labels = MachineLabels.For(build, installation, build.CpuRemark, options),
            HostConfig = Limits(build, network) with
            {
                CapAdd = CapabilitiesFor(machine),
                SecurityOpt = machine.Privileges.Contains(MachinePrivilege.Sudo) ? [] : ["no-new-privileges"],
                Mounts =
                [
                    MountSpec.Volume(keeperVolume, KeeperFolder, readOnly: true),
                    .. machine.Volumes.Select((v, i) => MountSpec.Volume(names.Volume(build.InstanceId, machine.Name, i), v.Path, noCopy: false)),
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
    internal static (IReadOnlyList<string>? Entrypoint, IReadOnlyList<string>? Command) ProgramOf(MachineDefinition machine, ImageConfig image)
    {
        if (!machine.Command.IsEmpty)
        {
            return ([machine.Command[0]], [.. machine.Command.Skip(1)]);
        }

        var program = (string[])[.. image.Entrypoint ?? [], .. image.Cmd ?? []];
        return program is [] || (program is [var only] && Shells.Contains(Path.GetFileName(only)))
            ? ([Keeper], ["hold"])
            : (null, null);
    }

    internal static IReadOnlyList<string> CapabilitiesFor(MachineDefinition machine)
    {
        List<string> capabilities = [.. Capabilities];
        foreach (var privilege in machine.Privileges)
        {
            capabilities.AddRange(privilege switch
            {
                MachinePrivilege.Sudo => SudoCapabilities,
                MachinePrivilege.RawNetwork => ["NET_RAW"],
                MachinePrivilege.NetworkAdmin => ["NET_ADMIN", "NET_RAW"],
                _ => [],
            });
        }

        return [.. capabilities.Distinct(StringComparer.Ordinal)];
    }

    private static HostConfig Limits(MachineBuild build, string network) => new()
    {
        NetworkMode = network,
        NanoCpus = (long)(build.Cpus * 1_000_000_000),
        Memory = build.Spec.Definition.MemoryBytes,
        MemorySwap = build.Spec.Definition.MemoryBytes,
        PidsLimit = MostProcesses,
        CapDrop = ["ALL"],
        Init = build.Host.InitCommit is { Id: not ("" or "N/A") } ? true : null,
        Dns = [.. build.Cards.Select(c => c.Gateway)],

        // Keeps the host's own search domain out of the machine.
        DnsSearch = ["."],
        LogConfig = LogConfig.Capped,
    };
}
