using LabOrchestrator.Images;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Runtimes;

public sealed class NetworkAddressesTests
{
    private static readonly NetworkDefinition Network = new("lab") { Subnet = "10.1.0.0/29" };

    [Fact]
    public void The_authors_addresses_stay_and_the_others_follow_behind_the_helpers_two()
    {
        var addresses = NetworkAddresses.Of(Network, Ipv4Subnet.Parse("10.1.0.0/29"), [Machine("a"), Machine("b", "10.1.0.3"), Machine("c")]);

        Ipv4Subnet.Format(addresses.Gateway).ShouldBe("10.1.0.1");
        Ipv4Subnet.Format(addresses.HelpersSecond).ShouldBe("10.1.0.2");
        addresses.Machines.Select(m => $"{m.Machine} {Ipv4Subnet.Format(m.Address)}").ShouldBe(["a 10.1.0.4", "b 10.1.0.3", "c 10.1.0.5"]);
    }

    [Fact]
    public void A_machine_too_many_and_an_address_from_elsewhere_are_refused()
    {
        Should.Throw<InstanceFailedException>(() => NetworkAddresses.Of(
            Network, Ipv4Subnet.Parse("10.1.0.0/29"), [.. "abcde".Select(n => Machine($"{n}"))])).Message.ShouldContain("too few addresses");
        Should.Throw<InstanceFailedException>(() => NetworkAddresses.Of(Network, Ipv4Subnet.Parse("10.1.0.0/29"), [Machine("a", "10.2.0.3")]))
            .Machine.ShouldBe("a");
    }

    [Fact]
    public void Cards_have_hardware_addresses_of_their_own() =>
        NetworkAddresses.MacOf(0x0A010003).ShouldBe("02:4c:0a:01:00:03");

    private static MachineSpec Machine(string name, string? address = null) => new()
    {
        Image = new Image(1, "terminal", "lab-orchestrator/terminal:1", ImageKind.Container, ""),
        Definition = new MachineDefinition
        {
            Name = name,
            Title = name,
            Image = "terminal",
            Kind = ImageKind.Container,
            Networks = [new NetworkAttachment("lab", address)],
        },
    };
}
