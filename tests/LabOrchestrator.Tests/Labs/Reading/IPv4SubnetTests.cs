namespace LabOrchestrator.Labs.Reading;

public sealed class IPv4SubnetTests
{
    [Theory]
    [InlineData("10.0.0.0/24", "10.1.0.0/24", false)]
    [InlineData("10.0.0.0/24", "10.0.0.0/24", true)]
    [InlineData("10.0.0.0/16", "10.0.255.0/24", true)]
    [InlineData("10.0.255.0/24", "10.0.0.0/16", true)]
    [InlineData("10.0.0.0/25", "10.0.0.128/25", false)]
    public void Overlap_counts_both_ways(string one, string other, bool overlaps) => Subnet(one).Overlaps(Subnet(other)).ShouldBe(overlaps);

    [Theory]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("172.16.0.0/12", true)]
    [InlineData("172.31.255.0/24", true)]
    [InlineData("172.32.0.0/16", false)]
    [InlineData("172.0.0.0/8", false)]
    [InlineData("192.168.0.0/16", true)]
    [InlineData("192.0.0.0/8", false)]
    [InlineData("0.0.0.0/0", false)]
    public void Private_subnets_lie_wholly_in_the_private_ranges(string text, bool isPrivate) => Subnet(text).IsPrivate.ShouldBe(isPrivate);

    [Theory]
    [InlineData("10.0.0.0/29", 4, "10.0.0.3", "10.0.0.6")]
    [InlineData("10.0.0.0/24", 252, "10.0.0.3", "10.0.0.254")]
    [InlineData("192.168.0.0/16", 65532, "192.168.0.3", "192.168.255.254")]
    public void Machines_have_the_addresses_between_the_helper_and_the_broadcast(string text, long room, string first, string last)
    {
        var subnet = Subnet(text);

        subnet.Room.ShouldBe(room);
        IPv4Subnet.Show(subnet.FirstForMachines).ShouldBe(first);
        IPv4Subnet.Show(subnet.LastForMachines).ShouldBe(last);
    }

    [Theory]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/033")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0/24")]
    [InlineData("10.0.0.0.0/24")]
    [InlineData("10.0.0.00/24")]
    [InlineData("10.0.0. 0/24")]
    [InlineData("/24")]
    public void What_is_no_subnet_is_told_apart(string text) => IPv4Subnet.TryParse(text, out _).ShouldBeFalse();

    private static IPv4Subnet Subnet(string text)
    {
        IPv4Subnet.TryParse(text, out var subnet).ShouldBeTrue();
        return subnet;
    }
}
