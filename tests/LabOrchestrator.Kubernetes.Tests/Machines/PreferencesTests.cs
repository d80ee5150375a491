using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Tests.Api;
using LabOrchestrator.Labs.Cluster;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Machines;

/// <summary>VMs with a preference that demands processors.</summary>
public sealed class PreferencesTests(ClusterFixture cluster) : ClusterLab(cluster)
{
    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(null, null, "sockets")]
    [InlineData("sockets", null, "sockets")]
    [InlineData("preferAny", null, "sockets")]
    [InlineData("spread", null, "sockets")]
    [InlineData("spread", "SocketsCoresThreads", "sockets")]
    [InlineData("spread", "CoresThreads", "cores")]
    [InlineData("cores", null, "cores")]
    [InlineData("preferThreads", null, "threads")]
    public async Task A_VM_has_its_processors_as_its_preference_demands_them(string? topology, string? across, string unit)
    {
        var name = $"demanding-{Guid.NewGuid():N}";
        await PreferAsync(name, topology, across);
        var spec = With(Spec(VmMachine()), "server", m => m with { Definition = m.Definition with { Cpus = 3, OnCluster = new MachineOnCluster(null, name, null) } });

        Of(await ApplyAsync(spec), "server").Phase.ShouldBe(MachinePhase.Running);

        (await ProcessorsAsync(spec)).ShouldBe(new SortedDictionary<string, int> { ["cores"] = 1, ["sockets"] = 1, ["threads"] = 1, [unit] = 3 });
    }

    [Fact]
    public async Task A_VM_whose_preference_demands_cores_is_not_described_anew_when_it_is_looked_at_again()
    {
        await PreferAsync("demanding-cores", "cores", null);
        var spec = With(Spec(VmMachine()), "server", m => m with { Definition = m.Definition with { Cpus = 2, OnCluster = new MachineOnCluster(null, "demanding-cores", null) } });
        await ApplyAsync(spec);
        await using var restarted = Cluster.NewRuntime(Cluster.Installation);
        await restarted.ListAsync(Patient);

        // What was listed is watched from then on, which may begin while we look.
        await Eventually.HoldsAsync(
            async () =>
            {
                var before = restarted.RequestsSent;
                Of(await restarted.ApplyAsync(spec, new StageLog(), Patient), "server").Phase.ShouldBe(MachinePhase.Running);
                return restarted.RequestsSent == before;
            },
            "a look takes no request");
        (await ProcessorsAsync(spec))["cores"].ShouldBe(2);

        await ApplyAsync(With(spec, "server", m => m with { ResetGeneration = 1 }));
        (await ProcessorsAsync(spec))["cores"].ShouldBe(2, "a reset describes it anew");
    }

    [Fact]
    public async Task A_demand_that_the_lab_does_not_meet_is_said_in_KubeVirts_words()
    {
        await PreferAsync("demanding-two", "cores", null);
        var spec = With(Spec(VmMachine()), "server", m => m with { Definition = m.Definition with { OnCluster = new MachineOnCluster(null, "demanding-two", null) } });

        (await Should.ThrowAsync<InstanceFailedException>(() => ApplyAsync(spec))).Message
            .ShouldContain("insufficient CPU resources of 1 vCPU provided by VirtualMachine, preference requires 2 vCPU");
    }

    private async Task<SortedDictionary<string, int>> ProcessorsAsync(InstanceSpec spec)
    {
        var vm = await Cluster.Admin.GetRawAsync(Kinds.VirtualMachine, await Cluster.NamespaceOfAsync(spec.InstanceId), "server", Patient);
        return new(vm["spec"]!["template"]!["spec"]!["domain"]!["cpu"]!.AsObject().ToDictionary(p => p.Key, p => (int)p.Value!));
    }

    private async Task PreferAsync(string name, string? topology, string? across)
    {
        var spec = new JsonObject { ["requirements"] = new JsonObject { ["cpu"] = new JsonObject { ["guest"] = 2 } } };
        if (topology is not null)
        {
            spec["cpu"] = new JsonObject { ["preferredCPUTopology"] = topology };
        }

        if (across is not null)
        {
            spec["cpu"]!["spreadOptions"] = new JsonObject { ["across"] = across };
        }

        using var client = new HttpClient { BaseAddress = Cluster.Cluster.Address };
        using var made = await client.PostAsJsonAsync(
            "/apis/instancetype.kubevirt.io/v1beta1/virtualmachineclusterpreferences",
            new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec },
            Patient);
        made.EnsureSuccessStatusCode();
    }
}
