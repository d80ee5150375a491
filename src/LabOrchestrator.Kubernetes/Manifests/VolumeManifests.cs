using System.Globalization;
using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>
/// The volumes of container machines: claims of the instance's namespace, which outlive every pod and end with the namespace. A new one
/// begins as the image has it, as on Docker: so a container of the same image comes before, as root, and copies the folder with its owner
/// and its rights. The folder is one of ours in the volume, whose own may be nobody's but root's, or have a <c>lost+found</c>.
/// </summary>
internal static class VolumeManifests
{
    /// <summary>Name of the container that fills new volumes.</summary>
    public const string Filler = "volumes";

    private const string Content = "content";
    private const string Begun = "begun";
    private const string Folder = "/lab-volumes";

    /// <summary>The claims of a machine.</summary>
    public static IEnumerable<JsonObject> ClaimsOf(
        InstanceSpec instance, MachineSpec machine, Installation installation, KubernetesRuntimeOptions options) =>
        machine.Definition.Volumes.Select((volume, index) =>
        {
            var manifest = Manifest.Of(
                Kinds.PersistentVolumeClaim,
                LabNamespace.NameOf(instance),
                ClaimOf(machine, index),
                ClusterLabels.OfMachine(installation, instance.InstanceId, machine.Name));
            var spec = new JsonObject
            {
                ["accessModes"] = new JsonArray("ReadWriteOnce"),
                ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = Quantities.Bytes(volume.SizeBytes) } },
            };
            if (options.StorageClass is { } storageClass)
            {
                spec["storageClassName"] = storageClass;
            }

            manifest["spec"] = spec;
            return manifest;
        });

    /// <summary>Has a machine's pod use its volumes.</summary>
    public static void AddTo(JsonObject pod, MachineSpec machine)
    {
        if (machine.Definition.Volumes.IsEmpty)
        {
            return;
        }

        var spec = pod["spec"]!;
        spec["initContainers"]!.AsArray().Add((JsonNode)FillerOf(machine));
        for (var i = 0; i < machine.Definition.Volumes.Length; i++)
        {
            spec["volumes"]!.AsArray().Add((JsonNode)new JsonObject
            {
                ["name"] = NameOf(i),
                ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = ClaimOf(machine, i) },
            });
            spec["containers"]![0]!["volumeMounts"]!.AsArray().Add((JsonNode)new JsonObject
            {
                ["name"] = NameOf(i),
                ["mountPath"] = machine.Definition.Volumes[i].Path,
                ["subPath"] = Content,
            });
        }
    }

    /// <summary>Fills a volume once, however often it is cut off.</summary>
    /// <param name="path">The folder in the image; lab.yaml has no letters in it that a shell would read.</param>
    /// <param name="volume">Where the volume is.</param>
    internal static string FillingOf(string path, string volume) =>
        $"[ -e {volume}/{Content} ] || {{ rm -rf {volume}/{Begun} && mkdir -p {path} {volume}/{Begun} && cp -a {path}/. {volume}/{Begun}/ && mv {volume}/{Begun} {volume}/{Content}; }}";

    private static JsonObject FillerOf(MachineSpec machine) => new()
    {
        ["name"] = Filler,
        ["image"] = ContainerManifests.ImageOf(machine),
        ["command"] = new JsonArray("/bin/sh", "-c", string.Join(" && ", machine.Definition.Volumes.Select((v, i) => FillingOf(v.Path, MountOf(i))))),
        ["resources"] = new JsonObject
        {
            ["requests"] = new JsonObject { ["cpu"] = "10m", ["memory"] = Quantities.Bytes(machine.Definition.MemoryBytes) },
            ["limits"] = new JsonObject { ["memory"] = Quantities.Bytes(machine.Definition.MemoryBytes) },
        },
        ["securityContext"] = new JsonObject
        {
            ["runAsUser"] = 0,
            ["runAsGroup"] = 0,
            ["allowPrivilegeEscalation"] = false,
            ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL"), ["add"] = new JsonArray("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID") },
        },
        ["volumeMounts"] = new JsonArray(
            [.. machine.Definition.Volumes.Select((_, i) => new JsonObject { ["name"] = NameOf(i), ["mountPath"] = MountOf(i) })]),
    };

    private static string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"volume-{index}");

    private static string MountOf(int index) => string.Create(CultureInfo.InvariantCulture, $"{Folder}/{index}");

    private static string ClaimOf(MachineSpec machine, int index) => $"{machine.Name}-{NameOf(index)}";
}
