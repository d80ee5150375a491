using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Labs;

public sealed class LabRequirementsTests
{
    [Fact]
    public void A_plain_lab_requires_its_kinds_of_machines_alone() => LabRequirements.Of(Lab()).ShouldBe(["containers"]);

    [Fact]
    public void Two_networks_require_several_networks_even_where_no_machine_has_two_cards() =>
        LabRequirements.Of(Lab() with { Networks = [new NetworkDefinition("left"), new NetworkDefinition("right")] })
            .ShouldBe(["containers", RuntimeCapabilities.SeveralNetworks]);

    [Fact]
    public void A_subnet_or_an_address_requires_fixed_addresses()
    {
        LabRequirements.Of(Lab() with { Networks = [new NetworkDefinition("lab") { Subnet = "10.1.0.0/24" }] }).ShouldContain(RuntimeCapabilities.FixedAddresses);
        LabRequirements.Of(Lab("10.1.0.9")).ShouldContain(RuntimeCapabilities.FixedAddresses);
    }

    [Fact]
    public void The_authors_own_requirements_stay_and_nothing_stands_twice() =>
        LabRequirements.Of(Lab() with { Requires = ["layer2", "containers"] }).ShouldBe(["containers", "layer2"]);

    private static LabDefinition Lab(string? address = null) => new()
    {
        Name = "lab",
        Title = "Lab",
        Networks = [new NetworkDefinition("lab")],
        Machines =
        [
            new MachineDefinition { Name = "a", Title = "A", Image = "terminal", Kind = ImageKind.Container, Networks = [new NetworkAttachment("lab", address)] },
        ],
    };
}
