using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Doctor;
using LabOrchestrator.KubernetesSimulator;

namespace LabOrchestrator.Kubernetes.Tests.Doctor;

public sealed class ClusterDoctorTests(ClusterFixture cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_with_everything_has_nothing_bad()
    {
        var findings = await cluster.Runtime.ExamineAsync(Token);

        findings.ShouldAllBe(f => f.State != FindingState.Bad);
        Of(findings, "Cluster").Detail.ShouldContain(cluster.Cluster.Address.ToString().TrimEnd('/'));
        Of(findings, "Version").State.ShouldBe(FindingState.Good);
        Of(findings, "KubeVirt").State.ShouldBe(FindingState.Good);
        Of(findings, "CDI").State.ShouldBe(FindingState.Good);
        Of(findings, "Network policies").State.ShouldBe(FindingState.Good, Of(findings, "Network policies").Detail);
        Of(findings, "Right pods/exec").ShouldBe(new Finding("Right pods/exec", FindingState.Good, "get, create"));
    }

    [Fact]
    public async Task What_is_not_installed_is_named_with_what_it_is_for()
    {
        await using var bare = await SimulatedCluster.StartAsync(new SimulatorOptions { AddOns = [] });
        using var client = cluster.NewClient(() => bare.Address);

        var findings = await Doctor(client, new KubernetesRuntimeOptions()).ExamineAsync(Token);

        Of(findings, "KubeVirt").ShouldSatisfyAllConditions(f => f.State.ShouldBe(FindingState.Absent), f => f.Detail.ShouldContain("Install it"));
        Of(findings, "CDI").State.ShouldBe(FindingState.Absent);
        Of(findings, "Multus").State.ShouldBe(FindingState.Absent);
    }

    [Fact]
    public async Task A_storage_class_that_is_not_there_is_bad()
    {
        using var client = cluster.NewClient();

        var findings = await Doctor(client, new KubernetesRuntimeOptions { StorageClass = "golden" }).ExamineAsync(Token);

        Of(findings, "Storage").ShouldSatisfyAllConditions(f => f.State.ShouldBe(FindingState.Bad), f => f.Detail.ShouldContain("Kubernetes__StorageClass"));
    }

    [Fact]
    public async Task Without_a_cluster_there_is_one_finding_that_says_so()
    {
        using var client = cluster.NewClient(() => new Uri("http://127.0.0.1:1"));

        var finding = (await Doctor(client, new KubernetesRuntimeOptions()).ExamineAsync(Token)).ShouldHaveSingleItem();

        finding.State.ShouldBe(FindingState.Bad);
        finding.Detail.ShouldNotBeEmpty();
    }

    private ClusterDoctor Doctor(KubernetesClient client, KubernetesRuntimeOptions options) =>
        new(client, options, new PolicyProbe(client, cluster.Installation, options));

    private static Finding Of(IReadOnlyList<Finding> findings, string subject) => findings.Single(f => f.Subject == subject);
}
