using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.CloudInit;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Networks;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>
/// VMs as KubeVirt's VirtualMachine. Their disk is a DataVolume filled from the image's containerDisk: power off and restart keep it, and
/// a reset names another one.
/// </summary>
internal static class VmManifests
{
    /// <summary>Run strategy of a VM that is wanted on.</summary>
    public const string RunOnce = "Once";

    /// <summary>Run strategy of a VM that its user powered off.</summary>
    public const string Halted = "Halted";

    private const string Root = "root";
    private const string Seed = "seed";
    private const string Cdrom = "cdrom";
    private const string Card = "lab";
    private const int GraceSeconds = 15;

    /// <summary>User data and network configuration, with the machine's passwords: inline they may have 2,048 bytes only.</summary>
    public static JsonObject SeedOf(InstanceSpec instance, MachineSpec machine, Installation installation, KubernetesRuntimeOptions options)
    {
        // KubeVirt writes meta-data itself, and the one card of most labs has the address that it was given.
        var seed = CloudInitSeed.Compose(machine.Name, machine, []);
        var manifest = Manifest.Of(
            Kinds.Secret, LabNamespace.NameOf(instance), SeedName(machine), ClusterLabels.OfMachine(installation, instance.InstanceId, machine.Name));
        manifest["type"] = "Opaque";
        var data = new JsonObject { ["userdata"] = Base64(seed.UserData) };
        var cards = LabLinks.Of(instance, installation, options)?.CardsOf(machine.Definition);
        if (machine.Definition.NetworkData is not null || cards is not null)
        {
            data["networkdata"] = Base64(machine.Definition.NetworkData ?? VmCards.Configuration(cards!));
        }

        manifest["data"] = data;
        return manifest;
    }

    /// <summary>The VM of a machine.</summary>
    /// <param name="instance">Its instance.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="nameServer">Address of the helper's service.</param>
    /// <param name="installation">Whose it is.</param>
    /// <param name="options">Settings.</param>
    public static JsonObject VirtualMachine(
        InstanceSpec instance, MachineSpec machine, string nameServer, Installation installation, KubernetesRuntimeOptions options)
    {
        var labels = ClusterLabels.OfMachine(installation, instance.InstanceId, machine.Name);
        labels[ClusterLabels.ResetGeneration] = $"{machine.ResetGeneration}";
        var wishes = machine.Definition.OnCluster;
        var cards = LabLinks.Of(instance, installation, options)?.CardsOf(machine.Definition);
        var manifest = Manifest.Of(Kinds.VirtualMachine, LabNamespace.NameOf(instance), machine.Name, labels);
        manifest["metadata"]!["annotations"] = new JsonObject { [ClusterLabels.DiskImage] = ContainerManifests.ImageOf(machine) };
        manifest["spec"] = new JsonObject
        {
            // Once: it boots when it has no instance, and what ended stays ended. A restart is the end of its instance.
            ["runStrategy"] = machine.PoweredOn ? RunOnce : Halted,
            ["dataVolumeTemplates"] = new JsonArray([.. Disks(machine, labels, options)]),
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["labels"] = Json(labels),
                    ["annotations"] = new JsonObject { [ClusterLabels.BootGeneration] = $"{machine.BootGeneration}" },
                },
                ["spec"] = new JsonObject
                {
                    ["hostname"] = machine.Name,
                    ["subdomain"] = MachineServices.Name,
                    ["terminationGracePeriodSeconds"] = GraceSeconds,
                    ["dnsPolicy"] = "None",
                    ["dnsConfig"] = HelperManifests.Dns(instance, machine, nameServer, installation, options),
                    ["domain"] = Domain(machine, cards),
                    ["networks"] = cards is null
                        ? new JsonArray(new JsonObject { ["name"] = Card, ["pod"] = new JsonObject() })
                        : VmCards.Networks(cards),
                    ["volumes"] = new JsonArray([.. Volumes(machine, cards is not null)]),
                },
            },
        };
        if (cards is not null)
        {
            var template = manifest["spec"]!["template"]!;
            template["metadata"]!["annotations"]![ClusterLabels.Addresses] = string.Join(',', cards.Select(c => c.Address));
            template["spec"]!["affinity"] = AttachmentManifests.OnOneNode(instance, installation);
            template["spec"]!.AsObject().Remove("subdomain");
        }

        Choose(manifest["spec"]!, "instancetype", wishes?.Instancetype, "VirtualMachineClusterInstancetype");
        Choose(manifest["spec"]!, "preference", wishes?.Preference, "VirtualMachineClusterPreference");
        return PatchedManifests.Of(manifest, machine);
    }

    private static void Choose(JsonNode spec, string key, string? name, string kind)
    {
        if (name is not null)
        {
            spec[key] = new JsonObject { ["kind"] = kind, ["name"] = name };
        }
    }

    /// <summary>Name of the machine's present disk; a reset counts on, so that the new one is another.</summary>
    internal static string DiskName(MachineSpec machine) => DiskName(machine.Name, machine.ResetGeneration);

    internal static string DiskName(string machine, int reset) => $"{machine}-disk-{reset}";

    private static JsonObject SeedSource(MachineSpec machine, bool hasCards)
    {
        var source = new JsonObject { ["secretRef"] = new JsonObject { ["name"] = SeedName(machine) } };
        if (hasCards || machine.Definition.NetworkData is not null)
        {
            source["networkDataSecretRef"] = new JsonObject { ["name"] = SeedName(machine) };
        }

        return source;
    }

    private static JsonObject Json(IReadOnlyDictionary<string, string> labels) =>
        new(labels.Select(l => KeyValuePair.Create<string, JsonNode?>(l.Key, l.Value)));

    private static IEnumerable<JsonObject> Volumes(MachineSpec machine, bool hasCards)
    {
        yield return VolumeOf(Root, DiskName(machine));
        yield return new JsonObject { ["name"] = Seed, ["cloudInitNoCloud"] = SeedSource(machine, hasCards) };
        if (IsCdrom(machine))
        {
            yield return VolumeOf(Cdrom, CdromName(machine));
        }
    }

    private static JsonObject VolumeOf(string name, string dataVolume) =>
        new() { ["name"] = name, ["dataVolume"] = new JsonObject { ["name"] = dataVolume } };

    private static IEnumerable<JsonObject> Disks(MachineSpec machine, Dictionary<string, string> labels, KubernetesRuntimeOptions options)
    {
        var image = UploadedDisks.SourceOf(machine.Image, options) ?? new JsonObject
        {
            // The node pulls it, with its own credentials and its cache, as for pods.
            ["registry"] = new JsonObject { ["url"] = $"docker://{ContainerManifests.ImageOf(machine)}", ["pullMethod"] = "node" },
        };
        var bytes = machine.Definition.DiskBytes ?? options.DiskBytes;
        if (!IsCdrom(machine))
        {
            // A clone without a size has its source's.
            yield return DataVolume(DiskName(machine), labels, image, image.ContainsKey("pvc") ? machine.Definition.DiskBytes : bytes, options);
            yield break;
        }

        yield return DataVolume(DiskName(machine), labels, new JsonObject { ["blank"] = new JsonObject() }, bytes, options);
        yield return DataVolume(CdromName(machine), labels, image, image.ContainsKey("pvc") ? null : options.DiskBytes, options);
    }

    private static JsonObject DataVolume(
        string name, Dictionary<string, string> labels, JsonObject source, long? bytes, KubernetesRuntimeOptions options) => new()
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = Json(labels) },
            ["spec"] = new JsonObject { ["source"] = source, ["storage"] = DiskStorage.Of(bytes, options) },
        };

    private static JsonObject Domain(MachineSpec machine, IReadOnlyList<LabCard>? cards)
    {
        var hardware = machine.Image.Hardware;

        // What the image leaves at its default, a preference decides.
        var isPreferred = machine.Definition.OnCluster?.Preference is not null;
        var bus = hardware.DiskBus switch { DiskBus.Sata => "sata", DiskBus.Scsi => "scsi", _ => isPreferred ? null : "virtio" };
        var disks = new JsonArray(
            new JsonObject { ["name"] = Root, ["bootOrder"] = 1, ["disk"] = With("bus", bus) },
            new JsonObject { ["name"] = Seed, ["disk"] = With("bus", bus) });
        if (IsCdrom(machine))
        {
            // After the disk, which cannot be booted before something is installed on it.
            disks.Add(new JsonObject { ["name"] = Cdrom, ["bootOrder"] = 2, ["cdrom"] = new JsonObject { ["bus"] = "sata" } });
        }

        var devices = new JsonObject { ["rng"] = new JsonObject() };
        if (hardware.Tablet)
        {
            // A pointer that is where the browser's is.
            devices["inputs"] = new JsonArray(new JsonObject { ["name"] = "tablet", ["type"] = "tablet", ["bus"] = "usb" });
        }

        var card = With("model", hardware.Nic switch { NicModel.E1000 => "e1000", NicModel.Rtl8139 => "rtl8139", _ => isPreferred ? null : "virtio" });
        devices["interfaces"] = cards is null ? new JsonArray(Masqueraded(card)) : VmCards.Interfaces(cards, card);
        devices["disks"] = disks;
        if (hardware.Tpm)
        {
            devices["tpm"] = new JsonObject();
        }

        var domain = new JsonObject { ["devices"] = devices };
        if (machine.Definition.OnCluster?.Instancetype is null)
        {
            domain["cpu"] = Processors.Of((int)Math.Max(1, Math.Ceiling(machine.Definition.Cpus)), isPreferred);
            domain["memory"] = new JsonObject { ["guest"] = Quantities.Bytes(machine.Definition.MemoryBytes) };
        }

        if (hardware.Firmware == Firmware.Uefi)
        {
            domain["firmware"] = new JsonObject { ["bootloader"] = new JsonObject { ["efi"] = new JsonObject { ["secureBoot"] = false } } };
        }

        return domain;
    }

    private static JsonObject Masqueraded(JsonObject card)
    {
        card["name"] = Card;
        card["masquerade"] = new JsonObject();
        return card;
    }

    private static JsonObject With(string key, string? value) => value is null ? [] : new JsonObject { [key] = value };

    private static bool IsCdrom(MachineSpec machine) => machine.Image.Hardware.Media == ImageMedia.Cdrom;

    private static string CdromName(MachineSpec machine) => $"{machine.Name}-cdrom-{machine.ResetGeneration}";

    private static string SeedName(MachineSpec machine) => $"{machine.Name}-seed";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
