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
        await ShellAsync(spec, "friend", Serve);
        var friend = Of(applied, "friend").Addresses[0];

        foreach (var way in await WaysAsync(spec, friend))
        {
            (await TcpAsync(spec, way(friend), friend, 7000)).ShouldBeTrue("the probe reaches a friend");
            await UdpAsync(spec, way(friend), friend, 7001, "hello");
        }

        (await EventuallyAsync(spec, "friend", "grep hello /tmp/datagrams")).ShouldContain("hello");
        var arrivedBefore = host.Arrived.Count;
        foreach (var way in await WaysAsync(spec, await BridgeMacAsync(spec)))
        {
            foreach (var address in HostListeners.Addresses())
            {
                (await TcpAsync(spec, way(address), address, host.TcpPort)).ShouldBeFalse($"TCP to {address}: {way(address)}");
                await UdpAsync(spec, way(address), address, host.UdpPort, "evil");
            }
        }

        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Patient);
        host.Arrived.Count.ShouldBe(arrivedBefore, string.Join(", ", host.Arrived));
    }

    [Fact]
    public async Task A_container_reaches_no_other_instance()
    {
        var mine = Spec(Attacker("attacker"), Container("friend"));
        var theirs = Spec(Container("victim"));
        await Task.WhenAll(ApplyAsync(mine), ApplyAsync(theirs));
        await ShellAsync(mine, "friend", Serve);
        await ShellAsync(theirs, "victim", Serve);
        var friend = Of(await Runtime.ObserveAsync(mine.InstanceId, Patient), "friend").Addresses[0];
        var victim = Of(await Runtime.ObserveAsync(theirs.InstanceId, Patient), "victim").Addresses[0];

        foreach (var way in await WaysAsync(mine, await BridgeMacAsync(mine)))
        {
            (await TcpAsync(mine, way(victim), victim, 7000)).ShouldBeFalse(way(victim));
            await UdpAsync(mine, way(victim), victim, 7001, "evil");
        }

        (await TcpAsync(mine, "true", friend, 7000)).ShouldBeTrue();
        (await ShellAsync(mine, "attacker", "getent hosts victim")).ExitCode.ShouldNotBe(0);
        (await ShellAsync(theirs, "victim", "cat /tmp/datagrams")).Output.ShouldNotContain("evil");
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
            : (await ShellAsync(spec, "attacker", $"ping -c 1 -W 2 {macOrAddress} >/dev/null; ip neigh show {macOrAddress} | sed 's/.*lladdr \\([^ ]*\\).*/\\1/'")).Output.Trim();
        mac.ShouldMatch("^([0-9a-f]{2}:){5}[0-9a-f]{2}$");
        return
        [
            _ => "true",
            address => $"sudo ip route replace {address}/32 dev eth0",
            address => $"sudo ip route replace {address}/32 dev eth0 && sudo ip neigh replace {address} lladdr {mac} dev eth0",
        ];
    }

    private async Task<bool> TcpAsync(InstanceSpec spec, string way, string address, int port) =>
        (await ShellAsync(spec, "attacker", $"{way} && timeout 1 bash -c 'exec 3<>/dev/tcp/{address}/{port}'")).ExitCode == 0;

    private Task<CommandResult> UdpAsync(InstanceSpec spec, string way, string address, int port, string text) =>
        ShellAsync(spec, "attacker", $"{way} && timeout 1 bash -c 'echo {text} >/dev/udp/{address}/{port}'");
}
