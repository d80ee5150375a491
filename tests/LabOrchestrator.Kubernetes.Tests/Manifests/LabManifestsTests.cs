using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Manifests;

public sealed class LabManifestsTests
{
    internal const string NameServer = "10.96.0.53";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    internal static readonly Installation Installation = new("0123456789abcdef");
    internal static readonly KubernetesRuntimeOptions Options = new() { ServerNamespace = "lab-orchestrator" };

    [Fact]
    public void A_vm_and_a_container_become_the_objects_of_the_snapshot()
    {
        var instance = Instance();
        IEnumerable<JsonObject> all =
        [
            .. Ground(instance),
            .. instance.Machines.SelectMany(m => LabManifests.Machine(instance, m, NameServer, Installation, Options)),
        ];

        RepositoryDocument.ShouldBe(
            "tests/LabOrchestrator.Kubernetes.Tests/Manifests/client-and-server.json",
            JsonSerializer.Serialize(all, Indented).ReplaceLineEndings("\n") + "\n");
    }

    [Fact]
    public void Every_object_carries_the_installation_and_stands_in_the_instances_namespace()
    {
        var instance = Instance();
        foreach (var manifest in Ground(instance)
            .Concat(instance.Machines.SelectMany(m => LabManifests.Machine(instance, m, NameServer, Installation, Options))))
        {
            var metadata = manifest["metadata"]!;
            metadata["labels"]![ClusterLabels.Installation]!.GetValue<string>().ShouldBe(Installation.Id);
            metadata["labels"]![ClusterLabels.Instance]!.GetValue<string>().ShouldBe("42");
            ((string?)metadata["namespace"] ?? (string?)metadata["name"]).ShouldBe("conformance-7-42");
        }
    }

    [Fact]
    public void Passwords_stand_in_secrets_alone()
    {
        var instance = Instance();
        var server = LabManifests.Machine(instance, instance.Machines[0], NameServer, Installation, Options);

        server.Where(m => m.ToJsonString().Contains("correct-horse", StringComparison.Ordinal)).ShouldBeEmpty();
        server.Single(m => (string?)m["kind"] == "Secret")["data"]!["userdata"]!.GetValue<string>()
            .ShouldContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("Content-Type: multipart"))[..16]);
    }

    [Fact]
    public void Without_internet_nothing_but_the_own_namespace_is_let_out()
    {
        var policy = PolicyManifests.Lab(Instance(), Installation, Options);

        policy["spec"]!["egress"]!.ToJsonString().ShouldBe("""[{"to":[{"podSelector":{}}]}]""");
        policy["spec"]!["policyTypes"]!.ToJsonString().ShouldBe("""["Ingress","Egress"]""");
    }

    [Fact]
    public void With_internet_private_and_forbidden_ranges_stay_closed()
    {
        var instance = Instance() with { Networks = [new NetworkDefinition("lan") { Internet = true }] };

        var block = PolicyManifests.Lab(instance, Installation, new KubernetesRuntimeOptions { Forbidden = "203.0.113.0/24" })["spec"]!["egress"]![1]!["to"]![0]!["ipBlock"]!;

        var except = block["except"]!.AsArray().Select(e => (string?)e).ToList();
        except.ShouldBe([.. SpecialAddresses.Ranges.Select(r => r.ToString()), "203.0.113.0/24"]);
        except.ShouldContain("10.0.0.0/8");
    }

    [Theory]
    [InlineData("203.0.113.0/24, 198.51.100.0/24", true)]
    [InlineData("2001:db8::/32", false)]
    [InlineData("0.0.0.0/0", false)]
    [InlineData("203.0.113.1/24", false)]
    [InlineData("example.org", false)]
    public void What_is_forbidden_besides_must_be_what_a_policy_can_except(string ranges, bool isTaken)
    {
        var mistakes = new KubernetesRuntimeOptions { Forbidden = ranges }.Validate();

        if (isTaken)
        {
            mistakes.ShouldBeEmpty();
        }
        else
        {
            mistakes.ShouldHaveSingleItem().ShouldContain($"Kubernetes__Forbidden must be IPv4 subnets such as 203.0.113.0/24 with commas between; \"{ranges}\" is none.");
        }
    }

    [Fact]
    public void The_helper_asks_for_names_of_outside_where_a_network_is_open_and_never_for_the_clusters()
    {
        Program(false).ShouldContain(" --address=/#/ ");
        Program(false).ShouldNotContain("\"--server=$upstream\"");
        Program(true).ShouldContain(" --address=/cluster.local/ --address=/lab/ ");
        Program(true).ShouldEndWith(" \"--server=$upstream\" \"--server=/machines.conformance-7-42.svc.cluster.local/$upstream\"");
        Program(true).ShouldNotContain("/#/");

        static string Program(bool internet) => (string)HelperManifests.Pod(
            Instance() with { Networks = [new NetworkDefinition("inner"), new NetworkDefinition("outer") { Internet = internet }], Machines = [] },
            Installation, Options)["spec"]!["containers"]![0]!["command"]![2]!;
    }

    [Theory]
    [InlineData(MachinePrivilege.Sudo, "baseline")]
    [InlineData(MachinePrivilege.RawNetwork, "privileged")]
    [InlineData(MachinePrivilege.NetworkAdmin, "privileged")]
    public void Pod_security_is_as_strict_as_the_machines_rights_allow(MachinePrivilege privilege, string level)
    {
        var instance = Instance();
        var client = instance.Machines[1];
        instance = instance with
        {
            Machines = [instance.Machines[0], client with { Definition = client.Definition with { Privileges = [privilege] } }],
        };

        var labels = NamespaceManifests.Namespace(instance, Installation)["metadata"]!["labels"]!;

        labels["pod-security.kubernetes.io/enforce"]!.GetValue<string>().ShouldBe(level);
    }

    [Fact]
    public void A_reset_names_another_disk_and_a_restart_the_same()
    {
        var machine = Instance().Machines[0];

        VmManifests.DiskName(machine with { BootGeneration = 3 }).ShouldBe(VmManifests.DiskName(machine));
        VmManifests.DiskName(machine with { ResetGeneration = 1 }).ShouldNotBe(VmManifests.DiskName(machine));
    }

    [Fact]
    public void A_foreign_guest_gets_the_hardware_of_its_image()
    {
        var domain = DomainOf(new ImageHardware
        {
            Firmware = Firmware.Uefi,
            DiskBus = DiskBus.Sata,
            Nic = NicModel.E1000,
            Tpm = true,
            Tablet = false,
        });

        domain["firmware"]!.ToJsonString().ShouldBe("""{"bootloader":{"efi":{"secureBoot":false}}}""");
        domain["devices"]!["tpm"].ShouldNotBeNull();
        domain["devices"]!["inputs"].ShouldBeNull();
        domain["devices"]!["interfaces"]![0]!["model"]!.GetValue<string>().ShouldBe("e1000");
        domain["devices"]!["disks"]![0]!["disk"]!["bus"]!.GetValue<string>().ShouldBe("sata");
        DomainOf(new ImageHardware())["devices"]!["tpm"].ShouldBeNull();
    }

    [Fact]
    public void A_cd_stands_beside_an_empty_disk_that_is_booted_first()
    {
        var spec = VmSpec(new ImageHardware { Media = ImageMedia.Cdrom });

        spec["dataVolumeTemplates"]!.AsArray().Select(d => d!["spec"]!["source"]!.ToJsonString()).ShouldBe(
        [
            """{"blank":{}}""", """{"registry":{"url":"docker://registry.example.org/labs/tiny-vm:1","pullMethod":"node"}}""",
        ]);
        var names = spec["dataVolumeTemplates"]!.AsArray().Select(d => (string?)d!["metadata"]!["name"]).ToList();
        var inside = spec["template"]!["spec"]!;
        inside["volumes"]!.AsArray().Select(v => (string?)v!["dataVolume"]?["name"]).OfType<string>().ShouldBe(names!);
        var disks = inside["domain"]!["devices"]!["disks"]!;
        disks[0]!["bootOrder"]!.GetValue<int>().ShouldBe(1);
        disks[2]!.ToJsonString().ShouldBe("""{"name":"cdrom","bootOrder":2,"cdrom":{"bus":"sata"}}""");
    }

    [Fact]
    public void A_machine_that_is_off_keeps_its_place_and_does_not_run()
    {
        var instance = Instance();
        var (server, client) = (instance.Machines[0] with { PoweredOn = false }, instance.Machines[1] with { PoweredOn = false });

        VmManifests.VirtualMachine(instance, server, NameServer, Installation, Options)["spec"]!["runStrategy"]!.GetValue<string>().ShouldBe("Halted");
        var pod = ContainerManifests.Pod(instance, client, NameServer, Installation, Options);
        pod["spec"]!["schedulerName"]!.GetValue<string>().ShouldBe("lab-orchestrator-off");
        pod["spec"]!["schedulingGates"].ShouldBeNull("Kubernetes before 1.26 refuses it");
        pod["metadata"]!["annotations"]![ClusterLabels.Power]!.GetValue<string>().ShouldBe("off");
    }

    [Theory]
    [InlineData("lab", 1, 2, "lab-1-2")]
    [InlineData("a-prefix-that-is-as-long-as-a-label-may-be-at-all-so-it-is-cut", 123456, 987654321, null)]
    public void Namespaces_are_named_after_prefix_user_and_instance_and_never_too_long(string prefix, long user, long id, string? expected)
    {
        var name = LabNamespace.NameOf(Instance() with { NamespacePrefix = prefix, OwnerId = user, InstanceId = id });

        name.Length.ShouldBeLessThanOrEqualTo(63);
        name.ShouldEndWith($"-{user}-{id}");
        name.ShouldMatch("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$");
        expected?.ShouldBe(name);
        LabNamespace.NameOf(Instance() with { NamespacePrefix = prefix + "x", OwnerId = user, InstanceId = id }).ShouldNotBe(name);
    }

    [Fact]
    public void Where_the_cluster_has_its_name_servers_must_be_said_in_full()
    {
        PolicyManifests.Selector("openshift-dns/dns.operator.openshift.io/daemonset-dns=default")
            .ShouldBe(("openshift-dns", "dns.operator.openshift.io/daemonset-dns", "default"));
        Should.Throw<FormatException>(() => PolicyManifests.Selector("kube-dns")).Message.ShouldContain("namespace/label=value");
    }

    private static JsonNode DomainOf(ImageHardware hardware) => VmSpec(hardware)["template"]!["spec"]!["domain"]!;

    private static JsonNode VmSpec(ImageHardware hardware)
    {
        var instance = Instance();
        var machine = instance.Machines[0];
        machine = machine with { Image = machine.Image with { Hardware = hardware } };
        return VmManifests.VirtualMachine(instance, machine, NameServer, Installation, Options)["spec"]!;
    }

    private static IEnumerable<JsonObject> Ground(InstanceSpec instance) =>
    [
        NamespaceManifests.Namespace(instance, Installation),
        .. LabManifests.Ground(instance, Installation, Options),
        HelperManifests.Service(instance, Installation),
        HelperManifests.Pod(instance, Installation, Options),
    ];

    internal static InstanceSpec Instance() => new()
    {
        InstanceId = 42,
        OwnerId = 7,
        NamespacePrefix = "conformance",
        Networks = [new NetworkDefinition("lan")],
        Machines =
        [
            new MachineSpec
            {
                Image = new Image(1, "tiny-vm", "registry.example.org/labs/tiny-vm:1", ImageKind.Vm, "") { Hardware = new ImageHardware { Firmware = Firmware.Uefi } },
                Credentials = [new MachineCredential("server", "lab", "correct-horse-7")],
                Definition = new MachineDefinition
                {
                    Name = "server",
                    Title = "Server",
                    Image = "tiny-vm",
                    Kind = ImageKind.Vm,
                    MemoryBytes = 256L << 20,
                    Consoles = [new ConsoleDefinition("graphical", ConsoleKind.Graphical)],
                    Networks = [new NetworkAttachment("lan")],
                    UserData = "#!/bin/sh\nhttpd -h /www\n",
                },
            },
            new MachineSpec
            {
                Image = new Image(2, "terminal", "registry.example.org/labs/terminal:1", ImageKind.Container, ""),
                ImageDigest = "sha256:0000000000000000000000000000000000000000000000000000000000000001",
                Definition = new MachineDefinition
                {
                    Name = "client",
                    Title = "Client",
                    Image = "terminal",
                    Kind = ImageKind.Container,
                    Cpus = 0.5m,
                    MemoryBytes = 128L << 20,
                    Consoles = [new ConsoleDefinition("terminal", ConsoleKind.Terminal)],
                    Networks = [new NetworkAttachment("lan")],
                    Volumes = [new VolumeDefinition("/data", 64L << 20)],
                },
            },
        ],
    };
}
