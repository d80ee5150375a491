using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
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

    /// <summary>What keeps the pod of a powered off machine from a node, and its place in the instance's quota.</summary>
    public const string OffGate = "lab-orchestrator/off";

    /// <summary>Memory for the keeper's copy.</summary>
    public const long KeeperCopyBytes = 16L << 20;

    private const string KeeperVolume = "keeper";
    private const int GraceSeconds = 5;

    // Those of Docker's runtime without NET_RAW, which Pod Security's level baseline refuses.
    private static readonly string[] Capabilities =
        ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"];

    private static readonly string[] SudoCapabilities = ["AUDIT_WRITE", "SETFCAP", "SETPCAP", "SYS_CHROOT"];

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
            ["dnsConfig"] = Dns(instance, nameServer, options),
            ["securityContext"] = new JsonObject
            {
                ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
                ["sysctls"] = new JsonArray(new JsonObject { ["name"] = "net.ipv4.ping_group_range", ["value"] = "0 2147483647" }),
            },
            ["initContainers"] = new JsonArray(KeeperCopy(options)),
            ["containers"] = new JsonArray(Machine(machine, options)),
            ["volumes"] = Volumes(machine),
        };
        if (!machine.PoweredOn)
        {
            annotations[ClusterLabels.Power] = ClusterLabels.Off;
            manifest["spec"]!["schedulingGates"] = new JsonArray(new JsonObject { ["name"] = OffGate });
        }

        return PatchedManifests.Of(manifest, machine);
    }

    /// <summary>Where a machine asks for names: the helper alone.</summary>
    internal static JsonObject Dns(InstanceSpec instance, string nameServer, KubernetesRuntimeOptions options) => new()
    {
        ["nameservers"] = new JsonArray(nameServer),
        ["searches"] = new JsonArray([.. HelperManifests.SearchDomains(instance, options).Select(d => JsonValue.Create(d))]),
        ["options"] = new JsonArray(new JsonObject { ["name"] = "ndots", ["value"] = "1" }),
    };

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
                    ["add"] = new JsonArray([.. CapabilitiesFor(definition).Select(c => JsonValue.Create(c))]),
                },
            },
            ["volumeMounts"] = new JsonArray(
            [
                new JsonObject { ["name"] = KeeperVolume, ["mountPath"] = KeeperFolder, ["readOnly"] = true },
                .. definition.Volumes.Select((v, i) => new JsonObject { ["name"] = VolumeName(i), ["mountPath"] = v.Path }),
            ]),
        };
        if (!definition.Command.IsEmpty)
        {
            container["command"] = new JsonArray([$"{KeeperFolder}/init", "--", .. definition.Command.Select(c => JsonValue.Create(c))]);
        }

        return container;
    }

    // The keeper is a static program; the helper's image brings it, and an own volume carries it into any image.
    private static JsonObject KeeperCopy(KubernetesRuntimeOptions options) => new()
    {
        ["name"] = "keeper",
        ["image"] = options.HelperImage,
        ["command"] = new JsonArray("/bin/sh", "-c", $"cp {KeeperFolder}/keeper {KeeperFolder}/init /to/"),
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

    private static JsonArray Volumes(MachineSpec machine) => new(
    [
        new JsonObject { ["name"] = KeeperVolume, ["emptyDir"] = new JsonObject { ["sizeLimit"] = "8Mi" } },
        .. machine.Definition.Volumes.Select((v, i) => new JsonObject
        {
            ["name"] = VolumeName(i),
            ["emptyDir"] = new JsonObject { ["sizeLimit"] = Quantities.Bytes(v.SizeBytes) },
        }),
    ]);

    private static string VolumeName(int index) => $"volume-{index}";

    /// <summary>The image in the version that the first start resolved.</summary>
    internal static string ImageOf(MachineSpec machine)
    {
        if (machine.ImageDigest is not { } digest)
        {
            return machine.Image.Reference;
        }

        var name = machine.Image.Reference.Split('@')[0];
        var colon = name.LastIndexOf(':');
        return $"{(colon > name.LastIndexOf('/') ? name[..colon] : name)}@{digest}";
    }
}
