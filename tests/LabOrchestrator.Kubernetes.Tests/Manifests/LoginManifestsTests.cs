using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Images;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Manifests;

public sealed class LoginManifestsTests(ClusterFixture cluster)
{
    private const string Password = "correct horse";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_containers_logins_are_in_a_Secret_alone_and_set_by_its_own_image_before_it_begins()
    {
        var instance = Instance(new MachineCredential("box", "lab", Password), new MachineCredential("box", "root", "other"));
        var observed = await cluster.Runtime.ApplyAsync(instance, new StageLog(), Token);
        observed.Machines.Single().Phase.ShouldBe(MachinePhase.Running);
        var @namespace = await cluster.NamespaceOfAsync(instance.InstanceId);

        var secret = await cluster.Admin.GetAsync(Kinds.Secret, @namespace, "box-logins", Token);
        var pod = await cluster.Admin.GetRawAsync(Kinds.Pod, @namespace, "box", Token);

        Encoding.UTF8.GetString(secret.Data["logins"]).ShouldBe($"lab:{Password}\nroot:other\n");
        pod.ToJsonString().ShouldNotContain(Password);
        var setter = pod["spec"]!["initContainers"]!.AsArray().Single(c => (string)c!["name"]! == "logins")!;
        setter["image"]!.GetValue<string>().ShouldBe(pod["spec"]!["containers"]![0]!["image"]!.GetValue<string>());
        setter["securityContext"]!["runAsUser"]!.GetValue<int>().ShouldBe(0);
        Mounts(pod["spec"]!["containers"]![0]!).ShouldContain("/etc");
        Mounts(pod["spec"]!["containers"]![0]!).ShouldNotContain("/logins", "the machine itself never has the passwords in clear");
        await cluster.Runtime.DeleteAsync(instance.InstanceId, Token);
    }

    [Fact]
    public void A_container_without_logins_has_none_of_it()
    {
        var instance = Instance();

        LabManifests.SecretOf(instance, instance.Machines[0], cluster.Installation, new KubernetesRuntimeOptions()).ShouldBeNull();
        NamespaceManifests.SecretsOf(instance).ShouldBe(0);
        ContainerManifests.Pod(instance, instance.Machines[0], "10.0.0.10", cluster.Installation, new KubernetesRuntimeOptions())
            .ToJsonString().ShouldNotContain("/etc");
    }

    [Fact]
    public void A_container_whose_lab_keeps_its_accounts_in_a_volume_has_those()
    {
        var instance = Instance(new MachineCredential("box", "lab", Password));
        var box = instance.Machines[0] with { Definition = instance.Machines[0].Definition with { Volumes = [new VolumeDefinition("/etc", 1 << 20)] } };

        var pod = ContainerManifests.Pod(instance, box, "10.0.0.10", cluster.Installation, new KubernetesRuntimeOptions());

        Mounts(pod["spec"]!["containers"]![0]!).Count(m => m == "/etc").ShouldBe(1);
        pod["spec"]!["initContainers"]!.AsArray().Select(c => (string)c!["name"]!).ShouldBe(["keeper", VolumeManifests.Filler]);
    }

    private static IEnumerable<string> Mounts(JsonNode container) => container["volumeMounts"]!.AsArray().Select(m => m!["mountPath"]!.GetValue<string>());

    private static InstanceSpec Instance(params MachineCredential[] credentials) => new()
    {
        InstanceId = Random.Shared.NextInt64(1_000_000, 1_000_000_000),
        OwnerId = 1,
        NamespacePrefix = "logins",
        Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork)],
        Machines =
        [
            new MachineSpec
            {
                Image = ClusterFixture.Terminal,
                Credentials = [.. credentials],
                Definition = new MachineDefinition
                {
                    Name = "box", Title = "box", Image = "terminal", Kind = ImageKind.Container, MemoryBytes = 64 << 20,
                    Networks = [new NetworkAttachment(LabDefinition.DefaultNetwork)],
                },
            },
        ],
    };
}
