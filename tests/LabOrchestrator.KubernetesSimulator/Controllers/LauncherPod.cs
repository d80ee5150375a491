using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Admission;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>The virt-launcher pod of a machine.</summary>
internal static class LauncherPod
{
    private const decimal Mebi = 1048576;

    public static JsonObject Of(StoredObject instance, JsonObject value, bool seccomp)
    {
        var labels = value.Metadata()["labels"]?.DeepClone() as JsonObject ?? [];
        labels["kubevirt.io"] = "virt-launcher";
        labels["kubevirt.io/created-by"] = instance.Uid;
        labels["vmi.kubevirt.io/id"] = instance.Name;
        var security = new JsonObject { ["runAsUser"] = 107, ["runAsNonRoot"] = true };
        if (seccomp)
        {
            security["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" };
        }

        var spec = value.Part("spec");
        var annotations = new JsonObject { ["kubevirt.io/domain"] = instance.Name };
        if (Attachments.OfMachine(spec) is { } attachments)
        {
            annotations[Attachments.Wanted] = attachments;
        }

        JsonNode[] containers = [Container("compute", "registry.k8s.io/kubevirt/virt-launcher:v1.9.0", Requests(spec)), .. Disks(spec)];
        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["generateName"] = $"virt-launcher-{instance.Name}-",
                ["labels"] = labels,
                ["ownerReferences"] = ClusterState.OwnedBy(instance),
                ["annotations"] = annotations,
            },
            ["spec"] = new JsonObject
            {
                ["restartPolicy"] = "Never",
                ["enableServiceLinks"] = false,
                ["automountServiceAccountToken"] = false,
                ["hostname"] = spec.Text("hostname") ?? instance.Name,
                ["subdomain"] = spec.Text("subdomain") ?? "",
                ["terminationGracePeriodSeconds"] = (spec.Number("terminationGracePeriodSeconds") ?? 30) + 15,
                ["securityContext"] = security,
                ["containers"] = new JsonArray(containers),
                ["volumes"] = Volumes(spec),
            },
        };
        foreach (var key in (string[])["dnsPolicy", "dnsConfig", "affinity"])
        {
            if (spec[key] is { } stated)
            {
                pod["spec"]![key] = stated.DeepClone();
            }
        }

        return pod;
    }

    /// <summary>Guest and overhead as kubevirt.md §3 lists it; a tenth of the processors.</summary>
    private static JsonObject Requests(JsonObject spec)
    {
        var domain = spec.Part("domain");
        var guest = Quantity.Parse(domain.Text("memory", "guest") ?? domain.Text("resources", "requests", "memory"));
        var cpu = domain.At("cpu");
        var count = (cpu.Number("cores") ?? 1) * (cpu.Number("sockets") ?? 1) * (cpu.Number("threads") ?? 1);
        var display = domain.Flag("devices", "autoattachGraphicsDevice") == false ? 0 : 32 * Mebi;
        var overhead = (228 * Mebi) + (8 * Mebi * count) + display + (guest / 512);
        return new JsonObject { ["memory"] = Quantity.Show(Math.Ceiling((guest + overhead) / Mebi) * Mebi), ["cpu"] = $"{100 * count}m" };
    }

    private static IEnumerable<JsonNode> Disks(JsonObject spec) =>
        from volume in spec.Objects("volumes")
        let image = volume.Text("containerDisk", "image")
        where image is not null
        select Container("volume" + volume.Text("name"), image, new JsonObject { ["memory"] = "1M", ["cpu"] = "1m" });

    private static JsonObject Container(string name, string image, JsonObject requests) => new()
    {
        ["name"] = name,
        ["image"] = image,
        ["resources"] = new JsonObject { ["requests"] = requests },
        ["securityContext"] = new JsonObject
        {
            ["allowPrivilegeEscalation"] = false,
            ["runAsNonRoot"] = true,
            ["runAsUser"] = 107,
            ["capabilities"] = new JsonObject { ["drop"] = ObjectJson.List(["ALL"]), ["add"] = ObjectJson.List(name == "compute" ? ["NET_BIND_SERVICE"] : []) },
        },
    };

    private static JsonArray Volumes(JsonObject spec)
    {
        var volumes = new JsonArray((JsonNode)new JsonObject { ["name"] = "private", ["emptyDir"] = new JsonObject() });
        foreach (var volume in spec.Objects("volumes"))
        {
            if ((volume.Text("persistentVolumeClaim", "claimName") ?? volume.Text("dataVolume", "name")) is { } claim)
            {
                volumes.Add((JsonNode)new JsonObject { ["name"] = volume.Text("name"), ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = claim } });
            }
            else if ((volume.Text("cloudInitNoCloud", "secretRef", "name") ?? volume.Text("secret", "secretName")) is { } secret)
            {
                volumes.Add((JsonNode)new JsonObject { ["name"] = volume.Text("name"), ["secret"] = new JsonObject { ["secretName"] = secret } });
            }
        }

        return volumes;
    }
}
