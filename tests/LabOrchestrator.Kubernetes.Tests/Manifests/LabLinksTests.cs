using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Networks;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Manifests;

/// <summary>Labs with networks beside the cluster's own.</summary>
public sealed class LabLinksTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly Installation Installation = LabManifestsTests.Installation;
    private static readonly KubernetesRuntimeOptions Options = LabManifestsTests.Options;

    [Fact]
    public void A_router_between_two_networks_becomes_the_objects_of_the_snapshot()
    {
        var instance = Instance();
        IEnumerable<JsonObject> all =
        [
            NamespaceManifests.Namespace(instance, Installation),
            .. LabManifests.Ground(instance, Installation, Options),
            HelperManifests.Service(instance, Installation),
            HelperManifests.Pod(instance, Installation, Options),
            .. instance.Machines.SelectMany(m => LabManifests.Machine(instance, m, LabManifestsTests.NameServer, Installation, Options)),
        ];

        RepositoryDocument.ShouldBe(
            "tests/LabOrchestrator.Kubernetes.Tests/Manifests/router.json", JsonSerializer.Serialize(all, Indented).ReplaceLineEndings("\n") + "\n");
    }

    [Fact]
    public void A_lab_of_one_network_without_wishes_has_none_but_the_clusters()
    {
        LabLinks.Of(LabManifestsTests.Instance(), Installation, Options).ShouldBeNull();
        LabLinks.AreNeeded(LabManifestsTests.Instance() with { Requires = [RuntimeCapabilities.Layer2] }).ShouldBeTrue();
        LabLinks.AreNeeded(LabManifestsTests.Instance() with { Networks = [new NetworkDefinition("lan") { Subnet = "10.1.0.0/24" }] }).ShouldBeTrue();
    }

    [Fact]
    public void No_bridge_is_shared_by_networks_or_instances_or_installations()
    {
        var instance = Instance();
        var names = new[] { (Installation, 42L), (Installation, 43L), (Installation, 142L), (new Installation("fedcba9876543210"), 42L) }
            .SelectMany(o => LabLinks.Of(instance with { InstanceId = o.Item2 }, o.Item1, Options)!.All.Select(l => l.Bridge)).ToList();

        names.Distinct().Count().ShouldBe(8);
        names.ShouldAllBe(n => n.Length <= 15);
    }

    [Fact]
    public void The_bridges_have_no_address_no_way_out_and_check_senders_unless_the_lab_asks_for_layer_2()
    {
        foreach (var config in Attachments(Instance()).Select(Config))
        {
            config["type"]!.GetValue<string>().ShouldBe("bridge");
            config["isGateway"]!.GetValue<bool>().ShouldBeFalse();
            config["isDefaultGateway"]!.GetValue<bool>().ShouldBeFalse();
            config["ipMasq"]!.GetValue<bool>().ShouldBeFalse();
            config["macspoofchk"]!.GetValue<bool>().ShouldBeTrue();
        }

        Attachments(Instance() with { Requires = [RuntimeCapabilities.Layer2] }).ShouldAllBe(a => !Config(a)["macspoofchk"]!.GetValue<bool>());
    }

    [Fact]
    public void Fixed_addresses_stay_and_the_others_follow_from_the_third_on()
    {
        var links = LabLinks.Of(Instance(), Installation, Options)!;

        AddressesOf(links, "middle").ShouldBe(["10.1.0.10/24", "10.213.0.3/24"]);
        AddressesOf(links, "a").ShouldBe(["10.1.0.3/24"]);
        AddressesOf(links, "b").ShouldBe(["10.213.0.4/24"]);
    }

    [Fact]
    public void Chosen_subnets_keep_clear_of_fixed_ones()
    {
        var instance = Instance() with { Networks = [new NetworkDefinition("left") { Subnet = "10.213.0.0/23" }, new NetworkDefinition("right")] };
        instance = instance with { Machines = [.. instance.Machines.Select(m => m with { Definition = m.Definition with { Networks = [.. m.Definition.Networks.Select(n => n with { Address = null })] } })] };

        LabLinks.Of(instance, Installation, Options)!.All.Select(l => l.Addresses.Subnet.ToString()).ShouldBe(["10.213.0.0/23", "10.213.2.0/24"]);
    }

    [Fact]
    public void Over_the_clusters_network_machines_reach_what_is_no_machine_and_nothing_else()
    {
        var policies = LabManifests.Ground(Instance(), Installation, Options).Where(m => (string?)m["kind"] == "NetworkPolicy")
            .ToDictionary(p => (string)p["metadata"]!["name"]!, p => p["spec"]!.ToJsonString());
        const string Others = """{"matchExpressions":[{"key":"lab-orchestrator/role","operator":"NotIn","values":["machine"]}]}""";

        policies.Keys.Order().ShouldBe(["helper", "lab", "machines"]);
        policies["machines"].ShouldBe(
            """{"podSelector":{"matchLabels":{"lab-orchestrator/role":"machine"}},"policyTypes":["Ingress","Egress"],"ingress":[{"from":[{"podSelector":"""
            + Others + """}]}],"egress":[{"to":[{"podSelector":""" + Others + "}]}]}");
        policies["lab"].ShouldStartWith($$"""{"podSelector":{{Others}},""");
    }

    [Fact]
    public void Only_machines_of_a_network_with_internet_are_let_out()
    {
        var instance = Instance();
        instance = instance with { Networks = [instance.Networks[0], instance.Networks[1] with { Internet = true }] };

        var spec = PolicyManifests.LabWithLinks(instance, Installation, Options).Single(p => (string?)p["metadata"]!["name"] == "internet")["spec"]!;

        spec["podSelector"]!.ToJsonString().ShouldBe("""{"matchExpressions":[{"key":"lab-orchestrator/machine","operator":"In","values":["middle","b"]}]}""");
        spec["ingress"]!.AsArray().ShouldBeEmpty();
        spec["egress"]![0]!["to"]![0]!["ipBlock"]!["except"]!.AsArray().Select(e => (string?)e).ShouldContain("10.0.0.0/8");
    }

    [Fact]
    public void A_machine_looks_for_names_in_its_own_networks()
    {
        var instance = Instance();
        var pod = ContainerManifests.Pod(instance, instance.Machines[0], LabManifestsTests.NameServer, Installation, Options);

        pod["spec"]!["dnsConfig"]!["searches"]!.ToJsonString().ShouldBe("""["left.lab","right.lab"]""");
        var helper = (string)HelperManifests.Pod(instance, Installation, Options)["spec"]!["containers"]![0]!["command"]![2]!;
        helper.ShouldContain(" --host-record=middle.left.lab,10.1.0.10 --host-record=middle,10.1.0.10");
        helper.ShouldContain(" --host-record=middle.right.lab,10.213.0.3 ");
        helper.ShouldContain(" --host-record=a.left.lab,10.1.0.3 ");
    }

    [Fact]
    public void All_machines_go_to_one_node()
    {
        var instance = Instance();
        var pod = ContainerManifests.Pod(instance, instance.Machines[0], LabManifestsTests.NameServer, Installation, Options);
        var vm = VmManifests.VirtualMachine(instance, instance.Machines[2], LabManifestsTests.NameServer, Installation, Options);

        var affinity = pod["spec"]!["affinity"]!.ToJsonString();
        affinity.ShouldContain("\"topologyKey\":\"kubernetes.io/hostname\"");
        vm["spec"]!["template"]!["spec"]!["affinity"]!.ToJsonString().ShouldBe(affinity);
    }

    [Fact]
    public void A_vm_has_the_labs_cards_first_and_is_told_their_addresses()
    {
        var instance = Instance();
        var vm = VmManifests.VirtualMachine(instance, instance.Machines[2], LabManifestsTests.NameServer, Installation, Options)["spec"]!["template"]!["spec"]!;
        var seed = VmManifests.SeedOf(instance, instance.Machines[2], Installation, Options);

        vm["domain"]!["devices"]!["interfaces"]!.AsArray().Select(i => ((string?)i!["name"], i["bridge"] is not null, i["masquerade"] is not null))
            .ShouldBe([("net0", true, false), ("cluster", false, true)]);
        vm["networks"]!.ToJsonString().ShouldBe("""[{"name":"net0","multus":{"networkName":"card-b-0"}},{"name":"cluster","pod":{}}]""");
        var configuration = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)seed["data"]!["networkdata"]!));
        configuration.ShouldContain($"macaddress: \"{(string?)vm["domain"]!["devices"]!["interfaces"]![0]!["macAddress"]}\"");
        configuration.ShouldContain("addresses: [\"10.213.0.4/24\"]");
        Config(Attachments(instance).Single(a => (string?)a["metadata"]!["name"] == "card-b-0"))["ipam"]!.ToJsonString()
            .ShouldBe("""{"type":"static","addresses":[{"address":"10.213.0.4/24"}]}""");
    }

    [Fact]
    public void The_names_of_attachments_are_labels_however_long_the_labs_are()
    {
        var longest = new string('n', 63);

        AttachmentName.OfNetwork(longest).Length.ShouldBe(63);
        AttachmentName.OfNetwork(longest).ShouldNotBe(AttachmentName.OfNetwork(longest[..62] + "m"));
        AttachmentName.OfCard(longest, 7).ShouldEndWith("-7");
        AttachmentName.OfCard(longest, 7).Length.ShouldBe(63);
    }

    private static IEnumerable<JsonObject> Attachments(InstanceSpec instance) =>
        AttachmentManifests.All(instance, LabLinks.Of(instance, Installation, Options)!, Installation);

    private static JsonNode Config(JsonObject attachment) => JsonNode.Parse((string)attachment["spec"]!["config"]!)!;

    private static IEnumerable<string> AddressesOf(LabLinks links, string machine) =>
        links.CardsOf(Instance().Machines.Single(m => m.Name == machine).Definition).Select(c => c.AddressWithPrefix);

    /// <summary>A router in the middle, a container on its left, a VM on its right.</summary>
    internal static InstanceSpec Instance() => LabManifestsTests.Instance() with
    {
        Networks = [new NetworkDefinition("left") { Subnet = "10.1.0.0/24" }, new NetworkDefinition("right")],
        Machines =
        [
            Machine("middle", ImageKind.Container, new NetworkAttachment("left", "10.1.0.10"), new NetworkAttachment("right")),
            Machine("a", ImageKind.Container, new NetworkAttachment("left")),
            Machine("b", ImageKind.Vm, new NetworkAttachment("right")),
        ],
    };

    private static MachineSpec Machine(string name, ImageKind kind, params NetworkAttachment[] networks)
    {
        var like = LabManifestsTests.Instance().Machines.Single(m => m.Definition.Kind == kind);
        return like with { Credentials = [], Definition = like.Definition with { Name = name, Title = name, Networks = [.. networks], Volumes = [] } };
    }
}
