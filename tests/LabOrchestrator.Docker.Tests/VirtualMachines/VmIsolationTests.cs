using System.Globalization;
using System.Net;
using LabOrchestrator.Docker.Tests.Networks;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.VirtualMachines;

/// <summary>What a VM cannot reach, tried by root of its guest. Each probe also reaches what it may reach.</summary>
public sealed class VmIsolationTests(EngineFixture engine) : IsolationLab(engine)
{
    // One that answers by IPv6 too.
    private const string ServeAll = "#!/bin/sh\n(while :; do echo open | nc -l -p 7000; done) >/dev/null 2>&1 &\n";

    [Fact]
    public async Task A_VM_reaches_no_address_of_the_host_by_any_way_and_no_other_instance()
    {
        using var host = new HostListeners();
        var mine = Spec(Root("attacker"), Container("friend"));
        var theirs = Spec(Container("victim"), Container("neighbour"));
        await Task.WhenAll(ApplyAsync(mine), ApplyAsync(theirs));
        await ListenersAreReachableElsewhereAsync(host);
        await ServeAsync(mine, "friend");
        await ServeAsync(theirs, "victim");
        await ShouldBeReachedAsync(theirs, "victim", by: "neighbour", "first");
        var friend = Of(await Runtime.ObserveAsync(mine.InstanceId, Patient), "friend").Addresses[0];
        var victim = Of(await Runtime.ObserveAsync(theirs.InstanceId, Patient), "victim").Addresses[0];
        var before = host.Arrived.ToList();
        await using var root = await LogInAsync(mine, "attacker", "root");
        (await SayAsync(root, "echo uid=$(id -u).")).ShouldContain("uid=0.");

        var friendsMac = (await ShellAsync(mine, "friend", "cat /sys/class/net/eth0/address")).Output.Trim();
        foreach (var way in Ways(friendsMac))
        {
            (await SayAsync(root, $"{way(friend)}; until nc -w 3 {friend} 7000 </dev/null | grep open; do sleep 1; done")).ShouldContain("open");
            await SayAsync(root, Datagram("hello", friend, 7001));
        }

        (await EventuallyAsync(mine, "friend", $"grep -a hello {Datagrams}")).ShouldContain("hello");
        var ways = Ways(await BridgeMacAsync(mine));
        foreach (var (address, tcp, udp) in HostListeners.Addresses().Select(a => (a, host.TcpPort, host.UdpPort)).Append((victim, 7000, 7001)))
        {
            foreach (var way in ways)
            {
                (await SayAsync(root, $"{way(address)} && echo pre''pared; nc -w 1 {address} {tcp} </dev/null && echo reach''ed; {Datagram("evil", address, udp)}"))
                    .ShouldSatisfyAllConditions(s => s.ShouldContain("prepared"), s => s.ShouldNotContain("reached"), s => s.ShouldNotContain("open"));
            }
        }

        await NothingMoreArrivesAsync(host, before);
        await ShouldBeReachedAsync(theirs, "victim", by: "neighbour", "last");
        (await ShellAsync(theirs, "victim", $"cat {Datagrams}")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["first", "last"]);
    }

    [Fact]
    public async Task The_host_has_no_IPv6_neighbours_in_a_lab()
    {
        using var host = new HostListeners();
        var spec = Spec(Root("attacker"), Vm("sister", ServeAll));
        var applied = await ApplyAsync(spec);
        var (bridge, local) = (Engine.Names.Bridge(spec.InstanceId, LabOrchestrator.Labs.LabDefinition.DefaultNetwork), HostLinkLocal(spec));
        await host.ShouldAnswerAsync(local, bridge, Patient);
        var before = host.Arrived.Count;
        await using var root = await LogInAsync(spec, "attacker", "root");
        var sister = LinkLocalOf("02:4c:" + string.Join(':', IPAddress.Parse(Of(applied, "sister").Addresses[0]).GetAddressBytes().Select(b => b.ToString("x2", CultureInfo.InvariantCulture))));

        // The sister answers, also a question to all; the host does not.
        (await SayAsync(root, $"until nc -w 3 {sister}%eth0 7000 </dev/null | grep open; do sleep 1; done")).ShouldContain("open");
        var neighbours = await SayAsync(root, $"until ping -6 -c 2 -W 2 -I eth0 ff02::1 2>&1 | grep -A 9 {sister}; do sleep 1; done");
        neighbours.ShouldContain(sister);
        neighbours.ShouldNotContain(local);
        (await SayAsync(root, $"ping -6 -c 2 -W 2 -I eth0 {local} && echo reach''ed; nc -w 2 {local}%eth0 {host.TcpPort} </dev/null && echo reach''ed"))
            .ShouldNotContain("reached");
        var sent = "grep Udp6OutDatagrams /proc/net/snmp6 | tr -s '\\t ' =";
        (await SayAsync(root, $"{sent}; {Datagram("evil", local + "%eth0", host.UdpPort)}; {sent}")).Split("Datagrams=")
            .Skip(1).Select(t => t.Split('\r')[0]).Distinct().Count().ShouldBe(2, "the datagram went out");
        host.Arrived.Count.ShouldBe(before, string.Join(", ", host.Arrived));
    }

    [Fact]
    public async Task A_VM_sees_no_engine_and_resolves_names_of_its_lab_only()
    {
        var spec = Spec(Root("attacker"), Container("friend"));
        await ApplyAsync(spec);
        await using var root = await LogInAsync(spec, "attacker", "root");

        (await SayAsync(root, "until nslookup friend; do sleep 1; done | grep -c Address")).ShouldMatch(@"[1-9]");
        (await SayAsync(root, $"nslookup {OutsideName.Value} && echo reso''lved; nslookup example.com 127.0.0.11 && echo reso''lved")).ShouldNotContain("resolved");
        (await SayAsync(root, "test -e /proc/version && echo con''trol; ls /var/run/docker.sock /run/docker.sock /dev/kvm && echo fo''und"))
            .ShouldSatisfyAllConditions(s => s.ShouldContain("control"), s => s.ShouldNotContain("found"));
        (await SayAsync(root, "grep -E '9p|virtiofs|vsock' /proc/mounts /proc/modules && echo sha''red")).ShouldNotContain("shared");
    }

    // Busybox has no better way to send one.
    private static string Datagram(string text, string address, int port) => $"timeout 1 tftp -g -r {text} -l /dev/null {address} {port}";

    private MachineSpec Root(string name) => Vm(name, "") with { Credentials = [new(name, "root", "secret")] };

    // As it comes; as a neighbour; as a neighbour whose hardware address is pinned.
    private static Func<string, string>[] Ways(string mac) =>
    [
        _ => "true",
        address => $"ip route replace {address}/32 dev eth0",
        address => $"ip route replace {address}/32 dev eth0 && arp -i eth0 -s {address} {mac}",
    ];
}
