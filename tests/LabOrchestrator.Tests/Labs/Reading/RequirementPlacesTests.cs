using System.Collections.Immutable;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Labs.Reading;

public sealed class RequirementPlacesTests
{
    private const string Lab = """
        name: all
        title: All
        requires: [layer2, kubernetes]
        networks:
          - {name: left, internet: false}
          - name: right
            internet: true
            subnet: 10.1.0.0/24
        machines:
          - name: a
            image: terminal
            networks: [{name: right, address: 10.1.0.9}]
          - {name: b, image: tiny-vm}
        """;

    [Theory]
    [InlineData(RuntimeCapabilities.Layer2, "requires[0]", 3)]
    [InlineData(RuntimeCapabilities.Kubernetes, "requires[1]", 3)]
    [InlineData(RuntimeCapabilities.SeveralNetworks, "networks[1]", 6)]
    [InlineData(RuntimeCapabilities.Internet, "networks[1].internet", 7)]
    [InlineData(RuntimeCapabilities.FixedAddresses, "networks[1].subnet", 8)]
    [InlineData(RuntimeCapabilities.Containers, "machines[0].image", 11)]
    [InlineData(RuntimeCapabilities.VirtualMachines, "machines[1].image", 13)]
    public void What_is_required_has_the_place_that_asks_for_it(string capability, string path, int line)
    {
        var requirement = Requirements(Lab).Single(r => r.Capability == capability);

        (requirement.Path, requirement.Line).ShouldBe((path, line));
        requirement.Column.ShouldBePositive();
        requirement.File.ShouldBe("lab.yaml");
    }

    [Theory]
    [InlineData("machines: [{name: a, image: tiny-vm, kubernetes: {patch: {metadata: {labels: {a: b}}}}}]", "machines[0].kubernetes.patch")]
    [InlineData(
        "machines: [{name: a, image: tiny-vm}]\nkubernetes: {objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}]}",
        "kubernetes.objects[0]")]
    public void What_is_added_to_a_cluster_has_its_place(string lab, string path) =>
        Requirements($"name: one\ntitle: One\n{lab}\n").Single(r => r.Capability == RuntimeCapabilities.Kubernetes).Path.ShouldBe(path);

    [Fact]
    public void Everything_that_a_lab_requires_is_named_once_by_place()
    {
        var requirements = Requirements(Lab);

        requirements.Select(r => r.Capability).ShouldBeUnique();
        requirements.Select(r => r.Capability).ShouldBe(LabReader.Read(LabFiles.FromDefinition(Lab), TestImages.All).Definition!.Requires, ignoreOrder: true);
        requirements.Select(r => r.Line).ShouldBeInOrder();
    }

    [Fact]
    public void A_lab_with_mistakes_requires_nothing_yet() => LabReader.Read(LabFiles.FromDefinition("name: one"), TestImages.All).Requirements.ShouldBeEmpty();

    private static ImmutableArray<LabRequirement> Requirements(string yaml)
    {
        var reading = LabReader.Read(LabFiles.FromDefinition(yaml), TestImages.All);
        reading.Mistakes.ShouldBeEmpty();
        return reading.Requirements;
    }
}
