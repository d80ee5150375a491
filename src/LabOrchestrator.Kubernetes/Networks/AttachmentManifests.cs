using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Networks;

/// <summary>
/// The networks of an instance for Multus: a bridge each, which has no address on its node, no way out, and no port of another instance.
/// </summary>
internal static class AttachmentManifests
{
    /// <summary>Annotation by which a pod asks Multus for cards.</summary>
    public const string Annotation = "k8s.v1.cni.cncf.io/networks";

    private const string CniVersion = "0.3.1";

    /// <summary>All definitions of an instance.</summary>
    public static IEnumerable<JsonObject> All(InstanceSpec instance, LabLinks links, Installation installation)
    {
        var cards = instance.Machines.SelectMany(m => links.CardsOf(m.Definition)).ToList();
        var ofContainers = cards.Where(c => c.Machine.Kind == ImageKind.Container).DistinctBy(c => c.Link.Network.Name);

        // A pod says in its annotation which address it gets. KubeVirt hands on the hardware address alone, and gives the guest by DHCP
        // what its own pod was given: so each card of a VM has a definition with its address in it.
        return
        [
            .. ofContainers.Select(c => Definition(instance, c, installation, new JsonObject { ["ips"] = true, ["mac"] = true }, null)),
            .. cards.Where(c => c.Machine.Kind == ImageKind.Vm)
                .Select(c => Definition(instance, c, installation, new JsonObject { ["mac"] = true }, c.AddressWithPrefix)),
        ];
    }

    /// <summary>What a container machine's pod asks Multus for.</summary>
    public static string Selection(InstanceSpec instance, IReadOnlyList<LabCard> cards) => new JsonArray(
    [
        .. cards.Select(c => new JsonObject
        {
            ["name"] = c.Attachment,
            ["namespace"] = LabNamespace.NameOf(instance),

            // The first one is the cluster's.
            ["interface"] = $"eth{c.Index + 1}",
            ["ips"] = new JsonArray(c.AddressWithPrefix),
            ["mac"] = c.Mac,
        }),
    ]).ToJsonString();

    /// <summary>A bridge joins what is on one node: all machines of the instance go to the node that the first one went to.</summary>
    public static JsonObject OnOneNode(InstanceSpec instance, Installation installation)
    {
        var labels = new JsonObject(
            ClusterLabels.Of(installation, instance.InstanceId).Select(l => KeyValuePair.Create<string, JsonNode?>(l.Key, l.Value)))
        {
            [ClusterLabels.Role] = ClusterLabels.MachineRole,
        };
        return new JsonObject
        {
            ["podAffinity"] = new JsonObject
            {
                ["requiredDuringSchedulingIgnoredDuringExecution"] = new JsonArray(new JsonObject
                {
                    ["labelSelector"] = new JsonObject { ["matchLabels"] = labels },
                    ["topologyKey"] = "kubernetes.io/hostname",
                }),
            },
        };
    }

    private static JsonObject Definition(InstanceSpec instance, LabCard card, Installation installation, JsonObject capabilities, string? address)
    {
        var allocation = new JsonObject { ["type"] = "static" };
        if (address is not null)
        {
            allocation["addresses"] = new JsonArray(new JsonObject { ["address"] = address });
        }

        var manifest = Manifest.Of(
            Kinds.NetworkAttachmentDefinition, LabNamespace.NameOf(instance), card.Attachment, ClusterLabels.Of(installation, instance.InstanceId));
        manifest["spec"] = new JsonObject
        {
            ["config"] = new JsonObject
            {
                ["cniVersion"] = CniVersion,
                ["name"] = card.Link.Bridge,
                ["type"] = "bridge",
                ["bridge"] = card.Link.Bridge,
                ["isGateway"] = false,
                ["isDefaultGateway"] = false,
                ["ipMasq"] = false,
                ["promiscMode"] = false,
                ["macspoofchk"] = card.Link.ChecksSenders,
                ["capabilities"] = capabilities,
                ["ipam"] = allocation,
            }.ToJsonString(),
        };
        return manifest;
    }
}
