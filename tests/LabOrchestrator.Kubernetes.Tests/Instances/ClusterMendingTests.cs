using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Doctor;
using LabOrchestrator.Kubernetes.Tests.Api.Configuration;
using LabOrchestrator.KubernetesSimulator;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

/// <summary>
/// What an admin has to mend, from the kubeconfig on: the runtime is there all the same, says what is wrong, and goes on when it is mended.
/// </summary>
public sealed class ClusterMendingTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ConfigFolder _folder = new();
    private readonly HttpClient _http = new();
    private readonly KubernetesLabRuntime _runtime;
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private SimulatedCluster _cluster = null!;

    public ClusterMendingTests()
    {
        _patience.CancelAfter(Patience);
        _runtime = new KubernetesLabRuntime(
            Installation.Create(), new KubernetesRuntimeOptions { Kubeconfig = _folder.At("config"), RequestsPerSecond = 0, EndSeconds = 20 });
    }

    private CancellationToken Now => _patience.Token;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _folder.Dispose();
        _http.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task Without_a_cluster_it_says_so_until_there_is_one()
    {
        (await ReasonAsync()).ShouldContain($"There is no kubeconfig at {_folder.At("config")}");

        Configure(new Uri("https://127.0.0.1:1"), "insecure-skip-tls-verify: true");
        (await ReasonAsync()).ShouldContain("The API server at https://127.0.0.1:1");
        (await ReasonAsync()).ShouldContain("cannot be reached");

        _cluster = await SimulatedCluster.StartAsync();
        Configure(_cluster.Address);
        await RunsAsync();
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_said_and_gone_on_with_when_the_right_one_is_there()
    {
        _cluster = await SimulatedCluster.StartAsync(new SimulatorOptions { Tls = true });
        using var stranger = new TestAuthority();
        _folder.Write("ca.crt", stranger.Pem);
        Configure(_cluster.Address, "certificate-authority: ca.crt");

        await ShouldNotTrustAsync();

        _folder.Write("ca.crt", _cluster.AuthorityPem);
        await RunsAsync();
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_said_and_gone_on_with_when_the_name_is_right()
    {
        _cluster = await SimulatedCluster.StartAsync(new SimulatorOptions { Tls = true });
        _folder.Write("ca.crt", _cluster.AuthorityPem);
        Configure(_cluster.Address, "certificate-authority: ca.crt, tls-server-name: other.example.org");

        await ShouldNotTrustAsync();

        Configure(_cluster.Address, "certificate-authority: ca.crt");
        await RunsAsync();
    }

    [Fact]
    public async Task A_token_that_expires_is_said_and_its_instances_are_gone_on_with_when_it_is_renewed()
    {
        _cluster = await SimulatedCluster.StartAsync(new SimulatorOptions { Token = "spare" });
        await GiveTokenAsync("first", "system:masters");
        _folder.Write("token", "first");
        Configure(_cluster.Address, user: "tokenFile: token");
        var spec = await RunsAsync();

        using (var revoked = await _http.DeleteAsync(Admin("tokens/first"), Now))
        {
            revoked.EnsureSuccessStatusCode();
        }

        (await ReasonAsync()).ShouldContain("does not accept our credentials; they are wrong or have expired");
        using (var dropped = await _http.PostAsync(Admin("watches/drop"), null, Now))
        {
            dropped.EnsureSuccessStatusCode();
        }

        await Should.ThrowAsync<RuntimeUnavailableException>(() => ApplyAsync(ClusterFaultTests.Spec("two")));

        await GiveTokenAsync("second", "system:masters");
        _folder.Write("token", "second");
        await ReadyAsync();
        await ApplyAsync(spec with { Machines = [spec.Machines[0] with { PoweredOn = false }] });
        (await _runtime.ObserveAsync(spec.InstanceId, Now)).ShouldNotBeNull().Machines.Single().Phase.ShouldBe(MachinePhase.PoweredOff);
    }

    [Fact]
    public async Task Missing_kinds_are_named_one_after_the_other_and_virtual_machines_start_when_they_are_installed()
    {
        _cluster = await SimulatedCluster.StartAsync(new SimulatorOptions { AddOns = [] });
        Configure(_cluster.Address);
        await RunsAsync();
        var vm = ClusterFaultTests.Spec("vm", kind: ImageKind.Vm);
        (await Should.ThrowAsync<RuntimeUnavailableException>(() => ApplyAsync(vm))).Message.ShouldContain("KubeVirt is not installed");

        await InstallAsync("kubevirt");
        await ReadyAsync();
        (await Should.ThrowAsync<RuntimeUnavailableException>(() => ApplyAsync(vm))).Message.ShouldContain("CDI is not installed");
        _runtime.Capabilities.Names.ShouldNotContain(RuntimeCapabilities.VirtualMachines);

        await InstallAsync("cdi");
        await ReadyAsync();
        _runtime.Capabilities.Names.ShouldContain(RuntimeCapabilities.VirtualMachines);
        (await ApplyAsync(vm)).Machines.Single().Phase.ShouldBe(MachinePhase.Running);
    }

    [Fact]
    public async Task Missing_rights_are_listed_and_gone_on_with_when_they_are_granted()
    {
        _cluster = await SimulatedCluster.StartAsync(new SimulatorOptions { Token = "admin" });
        await GiveTokenAsync("weak", "labs");
        Configure(_cluster.Address, user: "token: weak");

        (await ReasonAsync()).ShouldContain("lacks rights on the cluster: get namespaces");
        (await _runtime.ExamineAsync(Now)).Where(f => f.Subject.StartsWith("Right ", StringComparison.Ordinal) && f.State == FindingState.Good).ShouldBeEmpty();

        var binding = new JsonObject
        {
            ["apiVersion"] = "rbac.authorization.k8s.io/v1",
            ["kind"] = "ClusterRoleBinding",
            ["metadata"] = new JsonObject { ["name"] = "labs" },
            ["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "ClusterRole", ["name"] = "cluster-admin" },
            ["subjects"] = new JsonArray(new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "Group", ["name"] = "labs" }),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_cluster.Address, "apis/rbac.authorization.k8s.io/v1/clusterrolebindings"));
        request.Headers.Authorization = new("Bearer", "admin");
        request.Content = JsonContent.Create(binding);
        using (var granted = await _http.SendAsync(request, Now))
        {
            granted.EnsureSuccessStatusCode();
        }

        await RunsAsync();
    }

    private async Task ShouldNotTrustAsync()
    {
        var reason = await ReasonAsync();
        reason.ShouldContain($"The API server at {_cluster.Address.GetLeftPart(UriPartial.Authority)}");
        reason.ShouldContain("do not trust each other");
        reason.ShouldContain(". Check the certificate authority, the server's name and the client certificate.");
        (await Should.ThrowAsync<RuntimeUnavailableException>(() => ApplyAsync(ClusterFaultTests.Spec("one")))).Message.ShouldContain("do not trust each other");
        var finding = (await _runtime.ExamineAsync(Now)).ShouldHaveSingleItem();
        finding.State.ShouldBe(FindingState.Bad);
        finding.Detail.ShouldContain("do not trust each other");
    }

    /// <summary>Why no lab can be started now.</summary>
    private async Task<string> ReasonAsync()
    {
        var readiness = await _runtime.CheckAsync(Now);
        readiness.IsReady.ShouldBeFalse();
        return readiness.Reason.ShouldNotBeNull();
    }

    // Watches that failed come back after a pause that grew with each failure.
    private async Task ReadyAsync()
    {
        while (await _runtime.CheckAsync(Now) is { IsReady: false })
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Now);
        }
    }

    private async Task<InstanceSpec> RunsAsync()
    {
        await ReadyAsync();
        var spec = ClusterFaultTests.Spec("one");
        (await ApplyAsync(spec)).Machines.Single().Phase.ShouldBe(MachinePhase.Running);
        return spec;
    }

    private Task<ObservedInstance> ApplyAsync(InstanceSpec spec) => _runtime.ApplyAsync(spec, new StageLog(), Now);

    private Uri Admin(string path) => new(_cluster.AdminAddress, "_simulator/" + path);

    private async Task GiveTokenAsync(string token, string group)
    {
        using var given = await _http.PostAsJsonAsync(Admin("tokens"), new { token, user = "the-server", groups = (string[])[group] }, Now);
        given.EnsureSuccessStatusCode();
    }

    private async Task InstallAsync(string addOn)
    {
        using var installed = await _http.PostAsync(Admin($"add-ons/{addOn}"), null, Now);
        installed.EnsureSuccessStatusCode();
    }

    private void Configure(Uri server, string cluster = "", string user = "") => _folder.Write("config", $$$"""
        current-context: lab
        contexts: [{name: lab, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: "{{{server.GetLeftPart(UriPartial.Authority)}}}"{{{(cluster.Length == 0 ? "" : ", " + cluster)}}} }}]
        users: [{name: u, user: { {{{user}}} }}]
        """);
}
