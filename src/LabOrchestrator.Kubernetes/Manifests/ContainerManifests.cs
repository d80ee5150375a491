using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Networks;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>Container machines as pods.</summary>
internal static class ContainerManifests
{
    /// <summary>Name of the machine's container in its pod.</summary>
    public const string Container = "machine";

    /// <summary>Where the keeper is in every container machine, as on Docker.</summary>
    public const string KeeperFolder = "/usr/lib/lab-orchestrator";

    /// <summary>
    /// The scheduler of a powered off machine's pod, which nobody is: the pod keeps its place in the instance's quota and comes to no node. A
    /// scheduling gate says it more plainly, but clusters before 1.27 know none.
    /// </summary>
    public const string NoScheduler = "lab-orchestrator-off";

    /// <summary>The keeper's program, which is also the first process of machines whose program is known.</summary>
    public const string Keeper = KeeperFolder + "/keeper";

    /// <summary>Where the first process is asked, in the pod's own network namespace.</summary>
    public const string MachineSocket = "@lab-machine";

    /// <summary>Where the machine's terminal is.</summary>
    public const string TerminalSocket = "@lab-keeper-terminal";

    /// <summary>Memory for the keeper's copy.</summary>
    public const long KeeperCopyBytes = 16L << 20;

    private const string KeeperVolume = "keeper";
    private const int GraceSeconds = 5;
    private const int ProbeSeconds = 5;
    private const int StartSeconds = 30;
    private const string NotKept =
        "A restart or power off returns it to its image, because neither the lab nor the image says what runs in it. Give it a command in the lab.";

    /// <summary>The pod of a machine.</summary>
    /// <param name="instance">Its instance.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="nameServer">Address of the helper's service.</param>
    /// <param name="installation">Whose it is.</param>
    /// <param name="options">Settings.</param>
    public static JsonObject Pod(
        InstanceSpec instance, MachineSpec machine, string nameServer, Installation installation, KubernetesRuntimeOptions options)
    {
        var labels = ClusterLabels.OfMachine(installation, instance.InstanceId, machine.Name);
        labels[ClusterLabels.ResetGeneration] = $"{machine.ResetGeneration}";
        var manifest = Manifest.Of(Kinds.Pod, LabNamespace.NameOf(instance), machine.Name, labels);
        var annotations = new JsonObject { [ClusterLabels.BootGeneration] = $"{machine.BootGeneration}" };
        annotations[ProgramOf(machine, options) is null ? ClusterLabels.Remark : ClusterLabels.InPlace] =
            ProgramOf(machine, options) is null ? NotKept : ClusterLabels.Yes;
        manifest["metadata"]!["annotations"] = annotations;
        manifest["spec"] = new JsonObject
        {
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,
            ["hostname"] = machine.Name,
            ["subdomain"] = MachineServices.Name,

            // A machine that ends stays ended until its user says otherwise.
            ["restartPolicy"] = "Never",
            ["terminationGracePeriodSeconds"] = GraceSeconds,
            ["dnsPolicy"] = "None",
            ["dnsConfig"] = HelperManifests.Dns(instance, machine, nameServer, installation, options),
            ["securityContext"] = new JsonObject
            {
                ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
                ["sysctls"] = new JsonArray(new JsonObject { ["name"] = "net.ipv4.ping_group_range", ["value"] = "0 2147483647" }),
            },
            ["initContainers"] = new JsonArray(KeeperCopy(options)),
            ["containers"] = new JsonArray(Machine(machine, options)),
            ["volumes"] = new JsonArray(new JsonObject { ["name"] = KeeperVolume, ["emptyDir"] = new JsonObject { ["sizeLimit"] = "8Mi" } }),
        };
        if (LabLinks.Of(instance, installation, options)?.CardsOf(machine.Definition) is { } cards)
        {
            annotations[AttachmentManifests.Annotation] = AttachmentManifests.Selection(instance, cards);
            annotations[ClusterLabels.Addresses] = string.Join(',', cards.Select(c => c.Address));
            manifest["spec"]!["affinity"] = AttachmentManifests.OnOneNode(instance, installation);
            manifest["spec"]!.AsObject().Remove("subdomain");
        }

        if (!machine.PoweredOn)
        {
            annotations[ClusterLabels.Power] = ClusterLabels.Off;
            manifest["spec"]!["schedulerName"] = NoScheduler;
        }

        VolumeManifests.AddTo(manifest, machine);
        LoginManifests.AddTo(manifest, machine);
        return PatchedManifests.Of(manifest, machine);
    }

    /// <summary>
    /// What runs in it, where that is known: the lab's command, or that of our own base image. What an image of somebody
    /// else's runs is known to the nodes alone; null then.
    /// </summary>
    internal static IReadOnlyList<string>? ProgramOf(MachineSpec machine, KubernetesRuntimeOptions options) =>
        !machine.Definition.Command.IsEmpty ? machine.Definition.Command
        : machine.Image.Reference.StartsWith($"{options.BaseImages}/terminal:", StringComparison.Ordinal) ? ["/usr/bin/sleep", "infinity"]
        : null;

    /// <summary>Where a machine asks for names: the helper alone.</summary>
    internal static JsonObject Dns(InstanceSpec instance, string nameServer, KubernetesRuntimeOptions options) =>
        Dns(nameServer, HelperManifests.SearchDomains(instance, options));

    /// <summary>The same with given domains to search.</summary>
    internal static JsonObject Dns(string nameServer, IReadOnlyList<string> domains) => new()
    {
        ["nameservers"] = new JsonArray(nameServer),
        ["searches"] = new JsonArray([.. domains.Select(d => JsonValue.Create(d))]),
        ["options"] = new JsonArray(new JsonObject { ["name"] = "ndots", ["value"] = "1" }),
    };

    private static JsonObject Machine(MachineSpec machine, KubernetesRuntimeOptions options)
    {
        var definition = machine.Definition;
        var container = new JsonObject
        {
            ["name"] = Container,
            ["image"] = ImageOf(machine),
            ["env"] = new JsonArray([.. definition.Environment.Select(e => new JsonObject { ["name"] = e.Key, ["value"] = e.Value })]),

            // A shell that is an image's own program would end at once without them.
            ["stdin"] = true,
            ["tty"] = true,
            ["resources"] = new JsonObject
            {
                ["requests"] = new JsonObject { ["cpu"] = "10m", ["memory"] = Quantities.Bytes(definition.MemoryBytes) },
                ["limits"] = new JsonObject
                {
                    ["cpu"] = Quantities.Cpus(definition.Cpus),
                    ["memory"] = Quantities.Bytes(definition.MemoryBytes),
                    ["ephemeral-storage"] = Quantities.Bytes(definition.DiskBytes ?? options.DiskBytes),
                },
            },
            ["securityContext"] = new JsonObject
            {
                ["allowPrivilegeEscalation"] = definition.Privileges.Contains(MachinePrivilege.Sudo),
                ["capabilities"] = new JsonObject
                {
                    ["drop"] = new JsonArray("ALL"),
                    ["add"] = new JsonArray([.. MachineCapabilities.Of(definition.Privileges).Select(c => JsonValue.Create(c))]),
                },
            },
            ["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = KeeperVolume, ["mountPath"] = KeeperFolder, ["readOnly"] = true }),
        };
        if (ProgramOf(machine, options) is { } program)
        {
            container["command"] = new JsonArray(
            [
                Keeper, "machine", "--socket", MachineSocket, "--terminal", TerminalSocket, "--boot", $"{machine.BootGeneration}",
                "--", .. program.Select(c => JsonValue.Create(c)),
            ]);
            container["startupProbe"] = Probe(1, StartSeconds);
            container["readinessProbe"] = Probe(ProbeSeconds, 1);
        }

        return container;
    }

    // It succeeds while the machine is on. Once it did, a container that is not ready is one whose machine has ended.
    private static JsonObject Probe(int period, int failures) => new()
    {
        ["exec"] = new JsonObject { ["command"] = new JsonArray(Keeper, "power", "--socket", MachineSocket, "state") },
        ["periodSeconds"] = period,
        ["timeoutSeconds"] = ProbeSeconds,
        ["failureThreshold"] = failures,
    };

    // The keeper is a static program; the helper's image brings it, and an own volume carries it into any image.
    private static JsonObject KeeperCopy(KubernetesRuntimeOptions options) => new()
    {
        ["name"] = "keeper",
        ["image"] = options.HelperImage,
        ["command"] = new JsonArray("/bin/sh", "-c", $"cp {Keeper} /to/"),
        ["resources"] = new JsonObject
        {
            ["requests"] = new JsonObject { ["cpu"] = "10m", ["memory"] = Quantities.Bytes(KeeperCopyBytes) },
            ["limits"] = new JsonObject { ["memory"] = Quantities.Bytes(KeeperCopyBytes) },
        },
        ["securityContext"] = new JsonObject
        {
            ["allowPrivilegeEscalation"] = false,
            ["readOnlyRootFilesystem"] = true,
            ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
        },
        ["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = KeeperVolume, ["mountPath"] = "/to" }),
    };

    /// <summary>Whether a restart leaves the pod where it is.</summary>
    internal static bool BootsInPlace(MachineSpec machine, KubernetesRuntimeOptions options) => ProgramOf(machine, options) is not null;

    /// <summary>The image in the version that the first start resolved.</summary>
    internal static string ImageOf(MachineSpec machine) =>
        machine.ImageDigest is { } digest ? $"{ImageReference.RepositoryOf(machine.Image.Reference)}@{digest}" : machine.Image.Reference;
}
