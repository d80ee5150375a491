using System.Text.Json.Nodes;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>
/// Who may talk to whom. Machines reach each other and the helper; the helper alone reaches the cluster's name servers. Needs a network
/// plug-in that enforces policies; a pod's own node is always let through.
/// </summary>
internal static class PolicyManifests
{
    // Policies look at the port on which the pod listens: that of OpenShift's name servers is the second.
    private static readonly int[] DnsPorts = [53, 5353];

    /// <summary>For every pod of the instance, both ways.</summary>
    public static JsonObject Lab(InstanceSpec instance, Installation installation, KubernetesRuntimeOptions options)
    {
        var egress = new JsonArray(new JsonObject { ["to"] = Here() });
        if (instance.Networks.Any(n => n.Internet))
        {
            egress.Add(Outside(options));
        }

        return Policy(instance, installation, "lab", new JsonObject(), new JsonArray(new JsonObject { ["from"] = Here() }), egress);
    }

    /// <summary>
    /// The same where the lab has networks of its own, which policies do not reach: over the cluster's network a machine talks to what is
    /// no machine (the helper, pods that the author added), and those of a network with internet to the outside.
    /// </summary>
    public static IEnumerable<JsonObject> LabWithLinks(InstanceSpec instance, Installation installation, KubernetesRuntimeOptions options)
    {
        var others = new JsonObject { ["matchExpressions"] = Expression(ClusterLabels.Role, "NotIn", [ClusterLabels.MachineRole]) };
        yield return Policy(
            instance, installation, "lab", others, new JsonArray(new JsonObject { ["from"] = Here() }), new JsonArray(new JsonObject { ["to"] = Here() }));
        yield return Policy(
            instance, installation, "machines", Matching(ClusterLabels.Role, ClusterLabels.MachineRole),
            new JsonArray(new JsonObject { ["from"] = new JsonArray(new JsonObject { ["podSelector"] = others.DeepClone() }) }),
            new JsonArray(new JsonObject { ["to"] = new JsonArray(new JsonObject { ["podSelector"] = others.DeepClone() }) }));
        var open = instance.Networks.Where(n => n.Internet).Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
        var let = instance.Machines.Where(m => m.Definition.Networks.Any(n => open.Contains(n.Name))).Select(m => m.Name).ToList();
        if (let.Count > 0)
        {
            yield return Policy(
                instance, installation, "internet", new JsonObject { ["matchExpressions"] = Expression(ClusterLabels.Machine, "In", let) },
                [], new JsonArray(Outside(options)));
        }
    }

    /// <summary>Beside it for the helper: the cluster's name servers, and the server's relays into it.</summary>
    public static JsonObject Helper(InstanceSpec instance, Installation installation, KubernetesRuntimeOptions options)
    {
        var (dnsNamespace, dnsLabel, dnsValue) = Selector(options.ClusterDns);
        var egress = new JsonArray(new JsonObject
        {
            ["to"] = new JsonArray(new JsonObject
            {
                ["namespaceSelector"] = Matching("kubernetes.io/metadata.name", dnsNamespace),
                ["podSelector"] = Matching(dnsLabel, dnsValue),
            }),
            ["ports"] = new JsonArray([.. DnsPorts.SelectMany(p => new[] { Port("UDP", p), Port("TCP", p) })]),
        });
        var ingress = new JsonArray();
        if (options.ServerNamespace is { } server)
        {
            ingress.Add(new JsonObject
            {
                ["from"] = new JsonArray(new JsonObject
                {
                    ["namespaceSelector"] = Matching("kubernetes.io/metadata.name", server),
                    ["podSelector"] = Matching("app.kubernetes.io/name", "lab-orchestrator"),
                }),
            });
        }

        return Policy(instance, installation, "helper", Matching(ClusterLabels.Role, ClusterLabels.HelperRole), ingress, egress);
    }

    /// <summary>
    /// Lets CDI bring the disks of uploaded images where the storage has no CSI driver: a pod of CDI beside the image sends the disk to one
    /// beside the machine. Authors cannot give that label to a pod. Null where no machine has such an image.
    /// </summary>
    public static JsonObject? Copies(InstanceSpec instance, Installation installation, KubernetesRuntimeOptions options)
    {
        const string pods = "cdi.kubevirt.io";
        if (!instance.Machines.Any(m => ImageUpload.IsReference(m.Image.Reference)))
        {
            return null;
        }

        var ingress = new JsonObject
        {
            ["from"] = new JsonArray(new JsonObject
            {
                ["namespaceSelector"] = Matching("kubernetes.io/metadata.name", options.ImagesNamespace),
                ["podSelector"] = Matching(pods, "cdi-clone-source"),
            }),
            ["ports"] = new JsonArray(new JsonObject { ["protocol"] = "TCP", ["port"] = 8443 }),
        };
        return Policy(instance, installation, "copies", Matching(pods, "cdi-upload-server"), new JsonArray(ingress), []);
    }

    /// <summary>Takes <c>namespace/label=value</c> apart.</summary>
    internal static (string Namespace, string Label, string Value) Selector(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var equals = text.LastIndexOf('=');
        return slash > 0 && equals > slash + 1
            ? (text[..slash], text[(slash + 1)..equals], text[(equals + 1)..])
            : throw new FormatException($"\"{text}\" is not of the form namespace/label=value, such as kube-system/k8s-app=kube-dns.");
    }

    private static JsonObject Policy(
        InstanceSpec instance, Installation installation, string name, JsonObject pods, JsonArray ingress, JsonArray egress)
    {
        var manifest = Manifest.Of(Kinds.NetworkPolicy, LabNamespace.NameOf(instance), name, ClusterLabels.Of(installation, instance.InstanceId));
        manifest["spec"] = new JsonObject
        {
            ["podSelector"] = pods,
            ["policyTypes"] = new JsonArray("Ingress", "Egress"),
            ["ingress"] = ingress,
            ["egress"] = egress,
        };
        return manifest;
    }

    private static JsonObject Outside(KubernetesRuntimeOptions options)
    {
        // The cluster, its nodes and their neighbours are among the special ones.
        string[] forbidden = [.. SpecialAddresses.Ranges.Select(r => r.ToString()), .. options.ForbiddenRanges()];
        return new JsonObject
        {
            ["to"] = new JsonArray(new JsonObject
            {
                ["ipBlock"] = new JsonObject
                {
                    ["cidr"] = "0.0.0.0/0",
                    ["except"] = new JsonArray([.. forbidden.Select(f => JsonValue.Create(f))]),
                },
            }),
        };
    }

    private static JsonArray Expression(string label, string @operator, IReadOnlyList<string> values) => new(new JsonObject
    {
        ["key"] = label,
        ["operator"] = @operator,
        ["values"] = new JsonArray([.. values.Select(v => JsonValue.Create(v))]),
    });

    private static JsonArray Here() => new(new JsonObject { ["podSelector"] = new JsonObject() });

    private static JsonObject Matching(string label, string value) => new() { ["matchLabels"] = new JsonObject { [label] = value } };

    private static JsonObject Port(string protocol, int port) => new() { ["protocol"] = protocol, ["port"] = port };
}
