using System.Security.Cryptography;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Images;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Tests.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Images;

/// <summary>Machines of uploaded images, whose disks CDI copies from namespace to namespace.</summary>
public sealed class UploadedMachineTests(ClusterFixture cluster) : ClusterLab(cluster)
{
    protected override Image? VmImage => ClusterFixture.TinyVm with { Reference = "lab-orchestrator-upload/old-server:7" };

    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_machine_of_an_uploaded_image_starts_where_policies_are_enforced_and_the_storage_cannot_clone()
    {
        var options = new KubernetesRuntimeOptions { UploadProxy = Cluster.Cluster.Address.ToString() };
        using var client = Cluster.NewClient();
        using var sink = new DataVolumeSink(Cluster.NewClient(), new UploadProxy(options, client), Cluster.Installation, options);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(1 << 16), Token);
            await sink.StoreAsync(new DiskImage(file, DiskFormat.Qcow2, VmImage!.Reference, 1 << 20) { DiskBytes = 1 << 20 }, _ => Task.CompletedTask, Patient);
        }
        finally
        {
            File.Delete(file);
        }

        var spec = Spec(VmMachine());

        var observed = await ApplyAsync(spec);

        Of(observed, "server").Phase.ShouldBe(MachinePhase.Running);
        var policy = await Cluster.Admin.GetRawAsync(Kinds.NetworkPolicy, await Cluster.NamespaceOfAsync(spec.InstanceId), "copies", Token);
        policy["spec"]!["ingress"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public void Only_a_lab_with_an_uploaded_image_lets_CDIs_copies_in_and_nothing_but_them()
    {
        var plain = LabManifestsTests.Instance();
        var uploaded = plain with { Machines = [.. plain.Machines.Select(m => m with { Image = m.Image with { Reference = VmImage!.Reference } })] };

        PolicyManifests.Copies(plain, LabManifestsTests.Installation, LabManifestsTests.Options).ShouldBeNull();
        var spec = PolicyManifests.Copies(uploaded, LabManifestsTests.Installation, LabManifestsTests.Options)!["spec"]!;

        spec["podSelector"]!.ToJsonString().ShouldBe("""{"matchLabels":{"cdi.kubevirt.io":"cdi-upload-server"}}""");
        spec["ingress"]!.ToJsonString().ShouldBe(
            """[{"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"lab-orchestrator-images"}},"podSelector":{"matchLabels":{"cdi.kubevirt.io":"cdi-clone-source"}}}],"ports":[{"protocol":"TCP","port":8443}]}]""");
        spec["egress"]!.ToJsonString().ShouldBe("[]");
        LabManifests.Ground(uploaded, LabManifestsTests.Installation, LabManifestsTests.Options)
            .Count(m => (string?)m["kind"] == "NetworkPolicy" && (string?)m["metadata"]!["name"] == "copies").ShouldBe(1);
    }
}
