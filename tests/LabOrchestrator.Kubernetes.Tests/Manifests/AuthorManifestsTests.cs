using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Labs;
using LabOrchestrator.Labs.Cluster;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Manifests;

public sealed class AuthorManifestsTests
{
    private const string Database =
        """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"database","labels":{"app":"db"}},
         "spec":{"replicas":2,"template":{"spec":{"dnsPolicy":"Default",
          "containers":[{"name":"db","resources":{"requests":{"memory":"256Mi"}}},{"name":"side"}]}}}}
        """;

    private const string Settings = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"data":{"a":"b"}}""";

    private static readonly InstanceSpec Instance = LabManifestsTests.Instance() with { ClusterObjects = [Database, Settings] };

    [Fact]
    public void Objects_stand_in_the_instances_namespace_with_its_labels_beside_the_authors()
    {
        var database = Objects()[0];

        database["metadata"]!.ToJsonString().ShouldBe(
            """{"name":"database","labels":{"app":"db","lab-orchestrator/installation":"0123456789abcdef","lab-orchestrator/instance":"42"},"namespace":"conformance-7-42"}""");
        Objects()[1]["data"]!.ToJsonString().ShouldBe("""{"a":"b"}""");
    }

    [Fact]
    public void Their_pods_ask_the_helper_for_names_and_have_no_token()
    {
        var pods = Objects()[0]["spec"]!["template"]!["spec"]!;

        pods["automountServiceAccountToken"]!.GetValue<bool>().ShouldBeFalse();
        pods["enableServiceLinks"]!.GetValue<bool>().ShouldBeFalse();
        pods["dnsPolicy"]!.GetValue<string>().ShouldBe("None");
        pods["dnsConfig"]!["nameservers"]!.ToJsonString().ShouldBe($"[\"{LabManifestsTests.NameServer}\"]");
    }

    [Fact]
    public void Their_pods_are_confined_where_they_say_nothing_and_as_they_say_where_they_do()
    {
        const string pod =
            """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"securityContext":{"seccompProfile":{"type":"Localhost","localhostProfile":"lab.json"}},
             "initContainers":[{"name":"i","securityContext":{"capabilities":{"drop":["ALL"],"add":["CHOWN"]}}}],
             "containers":[{"name":"c","securityContext":{"capabilities":{"drop":["KILL"]}}}]}}
            """;
        var (database, spoken) = (Objects()[0]["spec"]!["template"]!["spec"]!, Objects(pod)[0]["spec"]!);

        database["securityContext"]!.ToJsonString().ShouldBe("""{"seccompProfile":{"type":"RuntimeDefault"}}""");
        database["containers"]![1]!["securityContext"]!.ToJsonString().ShouldBe("""{"capabilities":{"drop":["MKNOD","NET_RAW"]}}""");
        spoken["securityContext"]!["seccompProfile"]!["type"]!.GetValue<string>().ShouldBe("Localhost");
        spoken["initContainers"]![0]!["securityContext"]!.ToJsonString().ShouldBe("""{"capabilities":{"drop":["ALL"],"add":["CHOWN"]}}""");
        spoken["containers"]![0]!["securityContext"]!.ToJsonString().ShouldBe("""{"capabilities":{"drop":["KILL","MKNOD","NET_RAW"]}}""");
    }

    [Fact]
    public void The_account_has_one_role_in_the_namespace_and_no_token()
    {
        AuthorManifests.Account(Instance, LabManifestsTests.Installation)["automountServiceAccountToken"]!.GetValue<bool>().ShouldBeFalse();
        var binding = AuthorManifests.Binding(Instance, LabManifestsTests.Installation, LabManifestsTests.Options);

        binding["metadata"]!["namespace"]!.GetValue<string>().ShouldBe("conformance-7-42");
        binding["roleRef"]!.ToJsonString().ShouldBe("""{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"lab-orchestrator-objects"}""");
        binding["subjects"]!.ToJsonString().ShouldBe("""[{"kind":"ServiceAccount","name":"lab-author","namespace":"conformance-7-42"}]""");
    }

    [Fact]
    public void The_quota_has_room_for_their_pods()
    {
        var (with, without) = (Hard(Instance), Hard(LabManifestsTests.Instance()));

        (Pods(with) - Pods(without)).ShouldBe(3);
        (Quantities.ToBytes((string)with["requests.memory"]!) - Quantities.ToBytes((string)without["requests.memory"]!)).ShouldBe(3 * (256L + 64) << 20);

        static JsonNode Hard(InstanceSpec instance) => NamespaceManifests.Quota(instance, LabManifestsTests.Installation)["spec"]!["hard"]!;
        static int Pods(JsonNode hard) => int.Parse((string)hard["pods"]!, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Services_of_the_author_are_found_by_name()
    {
        HelperManifests.SearchDomains(Instance, LabManifestsTests.Options)
            .ShouldBe(["machines.conformance-7-42.svc.cluster.local", "conformance-7-42.svc.cluster.local"]);
        HelperManifests.SearchDomains(LabManifestsTests.Instance(), LabManifestsTests.Options).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("64Mi", 64L << 20)]
    [InlineData("1.5Gi", 3L << 29)]
    [InlineData("1G", 1_000_000_000L)]
    [InlineData("1500m", 2L)]
    [InlineData("17", 17L)]
    [InlineData("lots", null)]
    public void Amounts_are_read(string amount, long? bytes) => Quantities.ToBytes(amount).ShouldBe(bytes);

    [Fact]
    public void An_instancetype_replaces_processors_memory_and_quota_and_a_preference_the_defaults_of_the_hardware()
    {
        var instance = Wishing(new MachineOnCluster("u1.medium", "windows.11", null));
        var spec = VmManifests.VirtualMachine(
            instance, instance.Machines[0], LabManifestsTests.NameServer, LabManifestsTests.Installation, LabManifestsTests.Options)["spec"]!;
        var domain = spec["template"]!["spec"]!["domain"]!;

        spec["instancetype"]!.ToJsonString().ShouldBe("""{"kind":"VirtualMachineClusterInstancetype","name":"u1.medium"}""");
        spec["preference"]!.ToJsonString().ShouldBe("""{"kind":"VirtualMachineClusterPreference","name":"windows.11"}""");
        domain["cpu"].ShouldBeNull();
        domain["memory"].ShouldBeNull();
        domain["devices"]!["disks"]![0]!["disk"]!.ToJsonString().ShouldBe("{}");
        domain["devices"]!["interfaces"]![0]!["model"].ShouldBeNull();
        NamespaceManifests.Quota(instance, LabManifestsTests.Installation)["spec"]!["hard"]!["requests.memory"].ShouldBeNull();
    }

    [Fact]
    public void A_preference_alone_lets_the_processors_be_sockets()
    {
        var instance = Wishing(new MachineOnCluster(null, "windows.11", null));
        var domain = VmManifests.VirtualMachine(
            instance, instance.Machines[0], LabManifestsTests.NameServer, LabManifestsTests.Installation, LabManifestsTests.Options)["spec"]!["template"]!["spec"]!["domain"]!;

        domain["cpu"]!.ToJsonString().ShouldBe("""{"sockets":1,"cores":1,"threads":1}""");
    }

    [Fact]
    public void A_patch_is_merged_into_the_machine()
    {
        var instance = Wishing(new MachineOnCluster(null, null, """{"spec":{"template":{"spec":{"nodeSelector":{"disk":"fast"}}}}}"""));

        VmManifests.VirtualMachine(instance, instance.Machines[0], LabManifestsTests.NameServer, LabManifestsTests.Installation, LabManifestsTests.Options)
            ["spec"]!["template"]!["spec"]!["nodeSelector"]!["disk"]!.GetValue<string>().ShouldBe("fast");
    }

    [Theory]
    [InlineData("""{"spec":{"runStrategy":"Always"}}""", "spec.runStrategy")]
    [InlineData("""{"metadata":{"labels":{"lab-orchestrator/instance":"43"}}}""", "metadata.labels.lab-orchestrator/instance")]
    [InlineData("""{"spec":{"template":{"spec":{"networks":[{"name":"other"}]}}}}""", "spec.template.spec.networks")]
    public void A_patch_of_what_the_runtime_keeps_fails_the_machine(string patch, string path)
    {
        var instance = Wishing(new MachineOnCluster(null, null, patch));

        var failure = Should.Throw<InstanceFailedException>(() => VmManifests.VirtualMachine(
            instance, instance.Machines[0], LabManifestsTests.NameServer, LabManifestsTests.Installation, LabManifestsTests.Options));
        failure.Machine.ShouldBe("server");
        failure.Message.ShouldContain(path);
    }

    [Fact]
    public void A_patch_beside_network_privileges_lifts_the_machine_no_further_than_they_do()
    {
        var patched = Container("""{"spec":{"containers":[{"name":"side","image":"x"}]}}""", MachinePrivilege.NetworkAdmin);
        patched["spec"]!["containers"]![1]!["securityContext"]!.ToJsonString().ShouldBe("""{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}""");

        foreach (var (patch, path) in new[]
        {
            ("""{"containers":[{"name":"machine","securityContext":{"capabilities":{"add":["SYS_MODULE"]}}}]}""", "spec.containers[0].securityContext.capabilities.add[0]"),
            ("""{"containers":[{"name":"side","securityContext":{"capabilities":{"add":["SYS_ADMIN"]}}}]}""", "spec.containers[1].securityContext.capabilities.add[0]"),
            ("""{"initContainers":[{"name":"logins","securityContext":{"seccompProfile":{"type":"Unconfined"}}}]}""", "securityContext.seccompProfile.type"),
            ("""{"securityContext":null}""", "spec.securityContext.seccompProfile"),
            ("""{"volumes":[{"name":"host","hostPath":{"path":"/"}}]}""", "hostPath"),
            ("""{"hostUsers":true}""", "spec.hostUsers"),
        })
        {
            Should.Throw<InstanceFailedException>(() => Container($$"""{"spec":{{patch}}}""", MachinePrivilege.NetworkAdmin)).Message.ShouldContain(path);
        }
    }

    private static JsonObject Container(string patch, params MachinePrivilege[] privileges)
    {
        var instance = LabManifestsTests.Instance();
        var machine = instance.Machines[1];
        machine = machine with { Definition = machine.Definition with { Privileges = [.. privileges], OnCluster = new MachineOnCluster(null, null, patch) } };
        return ContainerManifests.Pod(instance, machine, LabManifestsTests.NameServer, LabManifestsTests.Installation, LabManifestsTests.Options);
    }

    private static IReadOnlyList<JsonObject> Objects(params string[] objects) =>
        AuthorManifests.Objects(objects.Length == 0 ? Instance : Instance with { ClusterObjects = [.. objects] }, LabManifestsTests.NameServer, LabManifestsTests.Installation, LabManifestsTests.Options);

    private static InstanceSpec Wishing(MachineOnCluster wishes)
    {
        var instance = LabManifestsTests.Instance();
        var machine = instance.Machines[0];
        return instance with { Machines = instance.Machines.SetItem(0, machine with { Definition = machine.Definition with { OnCluster = wishes } }) };
    }
}
