using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Doctor;

namespace LabOrchestrator.Kubernetes.Tests.Doctor;

public sealed class VersionFindingTests
{
    private static readonly string[] Lacks = ["kubernetes.io/metadata.name on: kube-system, lab-orchestrator.", "Server-side apply", "Pod Security", "KubeVirt"];

    [Theory]
    [InlineData("30")]
    [InlineData("36+")]
    public void A_tested_version_is_good(string minor) => Of("1", minor).ShouldBe(new Finding("Version", FindingState.Good, $"v1.{minor}.3"));

    [Theory]
    [InlineData("20", 4)]
    [InlineData("20+", 4)]
    [InlineData("21", 3)]
    [InlineData("22", 2)]
    [InlineData("23", 1)]
    [InlineData("29", 1)]
    [InlineData("37", 0)]
    public void An_older_version_is_told_what_it_lacks_and_what_to_do(string minor, int lacks)
    {
        var finding = Of("1", minor);

        finding.State.ShouldBe(FindingState.Absent);
        finding.Detail.ShouldStartWith($"v1.{minor}.3; tested are 1.30 to 1.36");
        foreach (var (words, index) in Lacks.Reverse().Select((w, i) => (w, i)))
        {
            finding.Detail.Contains(words, StringComparison.Ordinal).ShouldBe(index < lacks, words);
        }
    }

    [Theory]
    [InlineData("1", "19", FindingState.Bad, "Upgrade")]
    [InlineData("0", "9", FindingState.Bad, "Upgrade")]
    [InlineData("2", "0", FindingState.Absent, "tested are")]
    [InlineData("", "", FindingState.Absent, "none that we know")]
    public void Any_other_version_is_what_it_is(string major, string minor, FindingState state, string words) =>
        Of(major, minor).ShouldSatisfyAllConditions(f => f.State.ShouldBe(state), f => f.Detail.ShouldContain(words));

    private static Finding Of(string major, string minor) => VersionFinding.Of(
        new ServerVersion { Major = major, Minor = minor, GitVersion = $"v{major}.{minor}.3" }, new KubernetesRuntimeOptions { ServerNamespace = "lab-orchestrator" });
}
