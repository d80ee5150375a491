using System.Collections.Frozen;
using System.Text.Json.Nodes;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>What a patched VM may ask KubeVirt for: nothing of the node but what every VM has.</summary>
internal static class VmRules
{
    private static readonly FrozenSet<string> Template = ["metadata", "spec"];

    private static readonly FrozenSet<string> Allowed =
    [
        "accessCredentials", "affinity", "architecture", "dnsConfig", "dnsPolicy", "domain", "evictionStrategy", "hostname", "livenessProbe",
        "networks", "nodeSelector", "readinessProbe", "startStrategy", "subdomain", "terminationGracePeriodSeconds", "tolerations",
        "topologySpreadConstraints", "volumes",
    ];

    private static readonly FrozenSet<string> Volumes =
    [
        "cloudInitConfigDrive", "cloudInitNoCloud", "configMap", "containerDisk", "dataVolume", "downwardAPI", "emptyDisk", "ephemeral", "name",
        "persistentVolumeClaim", "secret", "sysprep",
    ];

    private static readonly FrozenSet<string> Domain =
    [
        "chassis", "clock", "cpu", "devices", "features", "firmware", "ioThreads", "ioThreadsPolicy", "machine", "memory", "rebootPolicy", "resources",
    ];

    // Without the node's devices and folders, its sockets, and its figures.
    private static readonly FrozenSet<string> Devices =
    [
        "autoattachGraphicsDevice", "autoattachInputDevice", "autoattachMemBalloon", "autoattachSerialConsole", "blockMultiQueue",
        "clientPassthrough", "disableHotplug", "disks", "inputs", "interfaces", "logSerialConsole", "networkInterfaceMultiqueue", "panicDevices",
        "rng", "sound", "tpm", "useVirtioTransitional", "video", "watchdog",
    ];

    // Without "lun", whose commands go to the device itself.
    private static readonly FrozenSet<string> Disk =
    [
        "blockSize", "bootOrder", "cache", "cdrom", "dedicatedIOThread", "disk", "errorPolicy", "io", "name", "serial", "shareable", "tag",
    ];

    // Without the ways in which a card is joined to its network.
    private static readonly FrozenSet<string> Card = ["acpiIndex", "bootOrder", "dhcpOptions", "macAddress", "model", "name", "pciAddress", "ports", "tag"];

    /// <summary>Paths of what a VM asks for and may not.</summary>
    /// <param name="vm">Its specification, or a part of one.</param>
    /// <param name="original">The same before it was patched; null where <paramref name="vm"/> is the patch.</param>
    public static IEnumerable<string> Violations(ManifestPart vm, JsonObject? original)
    {
        if (vm.Part("template") is not { } template)
        {
            return [];
        }

        return
        [
            .. template.Beside(Template),
            .. template.Part("spec") is { } guest ? OfGuest(guest, original?["template"]?["spec"] as JsonObject) : [],
        ];
    }

    private static IEnumerable<string> OfGuest(ManifestPart guest, JsonObject? original) =>
    [
        .. guest.Beside(Allowed),
        .. PodRules.Tolerations(guest),
        .. ContainerRules.OutsideCalls(guest),
        .. guest.Items("volumes").SelectMany(v => v.Beside(Volumes)),
        .. guest.Part("domain") is { } domain ? OfDomain(domain, original?["domain"]?["devices"]?["interfaces"] as JsonArray) : [],
    ];

    private static IEnumerable<string> OfDomain(ManifestPart domain, JsonArray? cards) =>
    [
        .. domain.Beside(Domain),
        .. domain.Part("resources") is { } resources ? ResourceRules.Violations(resources) : [],
        .. domain.Part("devices") is { } devices
            ? [.. devices.Beside(Devices), .. devices.Items("disks").SelectMany(d => d.Beside(Disk)), .. devices.Items("interfaces").SelectMany(c => OfCard(c, cards))]
            : Array.Empty<string>(),
    ];

    // What joins a card to its network stays as it was, and stays.
    private static IEnumerable<string> OfCard(ManifestPart card, JsonArray? cards)
    {
        var before = cards?.OfType<JsonObject>().FirstOrDefault(c => JsonNode.DeepEquals(c["name"], card.Json["name"])) ?? [];
        return card.Json.Concat(before).Select(p => p.Key).Distinct(StringComparer.Ordinal)
            .Where(k => !Card.Contains(k) && !JsonNode.DeepEquals(card.Json[k], before[k]))
            .Select(card.At);
    }
}
