using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.Manifests;

/// <summary>
/// The manifests under the published schemas, KubeVirt's rules, Pod Security and the instance's own quota: the simulator holds every
/// object against them, and its controllers add what a cluster adds.
/// </summary>
public sealed class AdmittedManifestsTests
{
    private const string Folder = "tests/LabOrchestrator.Kubernetes.Tests/Manifests";

    public static TheoryData<string> Snapshots => new(Directory.EnumerateFiles(RepositoryDocument.PathOf(Folder), "*.json").Select(f => Path.GetFileName(f)!));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Snapshots))]
    public async Task Every_snapshot_is_admitted_as_it_stands_and_its_machines_come_up(string file)
    {
        await using var cluster = await SimulatedCluster.StartAsync();
        using var client = ClientOf(cluster);
        var manifests = JsonNode.Parse(await File.ReadAllTextAsync(RepositoryDocument.PathOf($"{Folder}/{file}"), Cancellation))!.AsArray().Select(m => m!.DeepClone().AsObject()).ToList();

        await ApplyAsync(client, manifests);

        await ComeUpAsync(client, (string)manifests[0]["metadata"]!["name"]!, manifests);
    }

    [Theory]
    [InlineData(Firmware.Uefi, DiskBus.Sata, NicModel.E1000, true, false, ImageMedia.Disk)]
    [InlineData(Firmware.Bios, DiskBus.Scsi, NicModel.Rtl8139, false, true, ImageMedia.Disk)]
    [InlineData(Firmware.Uefi, DiskBus.Virtio, NicModel.Virtio, true, true, ImageMedia.Cdrom)]
    public async Task A_vm_of_any_hardware_is_admitted_and_comes_up(Firmware firmware, DiskBus bus, NicModel nic, bool tpm, bool tablet, ImageMedia media)
    {
        var instance = LabManifestsTests.Instance();
        var machine = instance.Machines[0];
        var hardware = new ImageHardware { Firmware = firmware, DiskBus = bus, Nic = nic, Tpm = tpm, Tablet = tablet, Media = media };
        await ShouldComeUpAsync(instance with { Machines = [machine with { Image = machine.Image with { Hardware = hardware } }] });
    }

    [Theory]
    [InlineData]
    [InlineData(MachinePrivilege.Sudo)]
    [InlineData(MachinePrivilege.RawNetwork)]
    [InlineData(MachinePrivilege.NetworkAdmin, MachinePrivilege.Sudo)]
    public async Task A_container_with_any_privileges_is_admitted_and_comes_up(params MachinePrivilege[] privileges)
    {
        var instance = LabManifestsTests.Instance();
        var machine = instance.Machines[1];
        await ShouldComeUpAsync(instance with { Machines = [machine with { Definition = machine.Definition with { Privileges = [.. privileges] } }] });
    }

    [Fact]
    public async Task Ten_machines_of_both_kinds_fit_into_their_own_quota()
    {
        var instance = LabManifestsTests.Instance();
        await ShouldComeUpAsync(instance with
        {
            Machines = [.. Enumerable.Range(0, 10).Select(n => instance.Machines[n % 2]).Select((m, n) => m with { Definition = m.Definition with { Name = $"machine-{n}" } })],
        });
    }

    private static async Task ShouldComeUpAsync(InstanceSpec instance)
    {
        await using var cluster = await SimulatedCluster.StartAsync();
        using var client = ClientOf(cluster);
        var (installation, options) = (LabManifestsTests.Installation, LabManifestsTests.Options);
        List<JsonObject> manifests =
        [
            NamespaceManifests.Namespace(instance, installation),
            .. LabManifests.Ground(instance, installation, options),
            HelperManifests.Service(instance, installation),
            HelperManifests.Pod(instance, installation, options),
            .. instance.Machines.SelectMany(m => LabManifests.Machine(instance, m, LabManifestsTests.NameServer, installation, options)),
        ];

        await ApplyAsync(client, manifests);

        await ComeUpAsync(client, LabNamespace.NameOf(instance), manifests);
    }

    private static async Task ApplyAsync(KubernetesClient client, IEnumerable<JsonObject> manifests)
    {
        foreach (var manifest in manifests)
        {
            await client.ApplyAsync(Manifest.KindOf(manifest).ShouldNotBeNull(manifest.ToJsonString()), manifest, ApplyOptions.Default, Cancellation);
        }
    }

    private static async Task ComeUpAsync(KubernetesClient client, string @namespace, IReadOnlyList<JsonObject> manifests)
    {
        foreach (var manifest in manifests.Where(m => (string?)m["kind"] is "Pod" or "VirtualMachine"))
        {
            var kind = Manifest.KindOf(manifest)!;
            await Eventually.HoldsAsync(async () =>
            {
                var status = (await client.GetRawAsync(kind, @namespace, Manifest.NameOf(manifest)!, Cancellation))["status"];
                return ((string?)status?["phase"] ?? (string?)status?["printableStatus"]) == "Running" || IsHeld(manifest);
            }, $"{kind} {Manifest.NameOf(manifest)}");
        }
    }

    // No scheduler takes it to a node.
    private static bool IsHeld(JsonObject manifest) => (string?)manifest["spec"]!["schedulerName"] == ContainerManifests.NoScheduler;

    private static KubernetesClient ClientOf(SimulatedCluster cluster) => new(
        () => new ClusterConfiguration { Server = cluster.Address, Origin = "the simulator" },
        new KubernetesClientOptions { RequestsPerSecond = 0 },
        TimeProvider.System,
        NullLogger<KubernetesClient>.Instance);
}
