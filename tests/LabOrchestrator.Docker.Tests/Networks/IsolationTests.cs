using System.Collections.Immutable;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>
/// What a machine cannot reach, tried by an attacker who is root in it. Each probe also reaches something it may reach, so that a probe
/// that never reaches anything is found out.
/// </summary>
public sealed class IsolationTests(EngineFixture engine) : IsolationLab(engine)
{
    private static readonly ImmutableArray<MachinePrivilege> All = [MachinePrivilege.Sudo, MachinePrivilege.RawNetwork, MachinePrivilege.NetworkAdmin];

    [Fact]
    public async Task A_container_reaches_no_address_of_the_host_by_any_way()
    {
        using var host = new HostListeners();
        var spec = Spec(Attacker("attacker"), Container("friend"));
        var applied = await ApplyAsync(spec);
        await ListenersAreReachableElsewhereAsync(host);
        await ServeAsync(spec, "friend");
        var friend = Of(applied, "friend").Addresses[0];

        foreach (var way in await WaysAsync(spec, friend))
        {
            await EventuallyAsync(spec, "attacker", $"{way(friend)} && {Tcp(friend, 7000)}");
            await EventuallyAsync(spec, "attacker", $"{way(friend)} && {Udp(friend, 7001, "hello")}");
        }

        await EventuallyAsync(spec, "friend", $"test $(grep -a -c hello {Datagrams}) = 3");
        var before = host.Arrived.ToList();
        foreach (var way in await WaysAsync(spec, await BridgeMacAsync(spec)))
        {
            foreach (var address in HostListeners.Addresses())
            {
                await ShouldNotReachAsync(spec, way(address), address, host.TcpPort);
                await ShellAsync(spec, "attacker", Udp(address, host.UdpPort, "evil"));
            }
        }

        await NothingMoreArrivesAsync(host, before);
    }

    [Fact]
    public async Task A_container_reaches_no_other_instance()
    {
        var mine = Spec(Attacker("attacker"), Container("friend"));
        var theirs = Spec(Container("victim"), Container("neighbour"));
        await Task.WhenAll(ApplyAsync(mine), ApplyAsync(theirs));
        await ServeAsync(mine, "friend");
        await ServeAsync(theirs, "victim");
        await ShouldBeReachedAsync(mine, "friend", by: "attacker", "first");
        await ShouldBeReachedAsync(theirs, "victim", by: "neighbour", "first");
        var victim = Of(await Runtime.ObserveAsync(theirs.InstanceId, Patient), "victim").Addresses[0];

        foreach (var way in await WaysAsync(mine, await BridgeMacAsync(mine)))
        {
            await ShouldNotReachAsync(mine, way(victim), victim, 7000);
            await ShellAsync(mine, "attacker", Udp(victim, 7001, "evil"));
        }

        (await ShellAsync(mine, "attacker", "getent hosts victim")).ExitCode.ShouldNotBe(0);
        await ShouldBeReachedAsync(mine, "friend", by: "attacker", "last");
        await ShouldBeReachedAsync(theirs, "victim", by: "neighbour", "last");
        (await ShellAsync(theirs, "victim", $"cat {Datagrams}")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["first", "last"]);
    }

    [Fact]
    public async Task A_container_has_no_engine_no_devices_and_no_rights_it_was_not_given()
    {
        var spec = Spec(Container("box"), Attacker("attacker"));
        await ApplyAsync(spec);

        (await ShellAsync(spec, "box", "sudo -n id")).ExitCode.ShouldNotBe(0);
        (await ShellAsync(spec, "box", "grep CapEff /proc/self/status")).Output.ShouldMatch(@"CapEff:\s+0000000000000000");
        (await ShellAsync(spec, "box", "grep NoNewPrivs /proc/self/status")).Output.ShouldMatch(@"NoNewPrivs:\s+1");
        (await ShellAsync(spec, "attacker", "sudo -n id -u")).Output.Trim().ShouldBe("0");
        (await ShellAsync(spec, "attacker", "sudo -n test -e /usr/lib/lab-orchestrator/keeper")).ExitCode.ShouldBe(0);
        foreach (var forbidden in new[] { "test -e /var/run/docker.sock", "test -e /run/docker.sock", "mount -t tmpfs x /mnt", "mknod /tmp/sda b 8 0", "dmesg", "ls /dev/kvm", "ls /dev/net/tun", "sh -c 'echo x >/usr/lib/lab-orchestrator/keeper'" })
        {
            (await ShellAsync(spec, "attacker", $"sudo -n {forbidden}")).ExitCode.ShouldNotBe(0, forbidden);
        }
    }

    [Fact]
    public async Task The_helper_answers_for_names_of_the_lab_only()
    {
        var spec = Spec(Container("box"), Container("friend"));
        await ApplyAsync(spec);
        var helper = (await ShellAsync(spec, "box", "ip route show default | cut -d' ' -f3")).Output.Trim();

        foreach (var server in new[] { helper, "127.0.0.11" })
        {
            (await ShellAsync(spec, "box", $"dig +time=2 +tries=1 @{server} friend")).Output.ShouldContain("status: NOERROR", Case.Sensitive, server);
            (await ShellAsync(spec, "box", $"dig +time=2 +tries=1 @{server} {OutsideName.Value}")).Output.ShouldNotContain("status: NOERROR", Case.Sensitive, server);
            (await ShellAsync(spec, "box", $"dig +time=2 +tries=1 @{server} -x 8.8.8.8")).Output.ShouldNotContain("status: NOERROR", Case.Sensitive, server);
        }
    }

    private MachineSpec Attacker(string name) =>
        Container(name) is var machine ? machine with { Definition = machine.Definition with { Privileges = All } } : null!;

    // As it comes; as a neighbour; as a neighbour whose hardware address is pinned, so that nobody needs to answer for it.
    private async Task<IReadOnlyList<Func<string, string>>> WaysAsync(InstanceSpec spec, string macOrAddress)
    {
        var mac = macOrAddress.Contains(':', StringComparison.Ordinal)
            ? macOrAddress
            : await EventuallyAsync(spec, "attacker", $"ping -c 1 -W 2 {macOrAddress} >/dev/null; ip neigh show {macOrAddress} | grep -oE '([0-9a-f]{{2}}:){{5}}[0-9a-f]{{2}}'");
        mac.ShouldMatch("^([0-9a-f]{2}:){5}[0-9a-f]{2}$");
        return
        [
            _ => "true",
            address => $"sudo ip route replace {address}/32 dev eth0",
            address => $"sudo ip route replace {address}/32 dev eth0 && sudo ip neigh replace {address} lladdr {mac} dev eth0",
        ];
    }

    // The limit counts from when it asks, however late the machine comes to that.
    private static string Tcp(string address, int port) => $"nc -z -w 1 {address} {port}";

    private static string Udp(string address, int port, string text) => $"bash -c 'echo {text} >/dev/udp/{address}/{port}'";

    private async Task ShouldNotReachAsync(InstanceSpec spec, string way, string address, int port)
    {
        var tried = await ShellAsync(spec, "attacker", $"{way} && echo prepared && {Tcp(address, port)} && echo reached");
        tried.Output.Trim().ShouldBe("prepared", $"TCP to {address}: {way}");
    }
}
