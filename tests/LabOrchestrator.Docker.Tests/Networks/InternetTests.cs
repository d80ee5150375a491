using System.Collections.Immutable;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>What networks with and without <c>internet</c> reach beyond the host, tried by an attacker who is root in a machine.</summary>
public sealed class InternetTests : IsolationLab, IClassFixture<Outside>, IDisposable
{
    private static readonly ImmutableArray<MachinePrivilege> All = [MachinePrivilege.Sudo, MachinePrivilege.RawNetwork, MachinePrivilege.NetworkAdmin];
    private static readonly NetworkDefinition Open = new("open") { Internet = true };
    private static readonly NetworkDefinition Closed = new("closed");

    // What tools say that were told "no"; a packet that is dropped makes them wait until 'timeout' ends them with 124.
    private const int Ended = 124;

    private readonly Outside _outside;
    private readonly DockerLabRuntime _runtime;

    public InternetTests(EngineFixture engine, Outside outside)
        : base(engine)
    {
        _outside = outside;
        _runtime = new DockerLabRuntime(engine.Installation, new DockerRuntimeOptions
        {
            RunDirectory = engine.Options.RunDirectory,
            AddressPool = "10.218.0.0/16",
            LauncherImage = engine.Options.LauncherImage,
            HelperImage = engine.Options.HelperImage,
            NameServers = outside.Public,
        });
    }

    protected override ILabRuntime Runtime => _runtime;

    [Fact]
    public async Task Of_one_instance_machines_with_internet_reach_it_by_name_and_those_without_do_not()
    {
        var spec = Spec(Attacker("out", "open"), Attacker("in", "closed"), Attacker("both", "closed", "open"), Attacker("friend", "closed")) with { Networks = [Closed, Open] };
        await ApplyAsync(spec);

        foreach (var machine in new[] { "out", "both" })
        {
            await EventuallyAsync(spec, machine, $"dig +short +time=2 +tries=1 {Outside.Name} | grep -Fx {_outside.Public}");
            (await ShellAsync(spec, machine, Connect(Outside.Name))).Output.Trim().ShouldBe("open", machine);
            (await ShellAsync(spec, machine, "getent hosts both")).ExitCode.ShouldBe(0);
        }

        var open = (await ShellAsync(spec, "out", "ip route show default | cut -d' ' -f3")).Output.Trim();
        var closed = (await ShellAsync(spec, "in", "ip route show default | cut -d' ' -f3")).Output.Trim();
        await EventuallyAsync(spec, "in", "getent hosts friend");
        (await ShellAsync(spec, "in", Connect(_outside.Public))).ExitCode.ShouldNotBe(0);
        foreach (var server in new[] { closed, open, "127.0.0.11" })
        {
            var asked = await ShellAsync(spec, "in", $"dig +time=2 +tries=1 @{server} {Outside.Name}");
            asked.Output.ShouldNotContain("status: NOERROR", Case.Sensitive, server);
            asked.Output.ShouldNotContain(_outside.Public, Case.Sensitive, server);
        }

        // Neither does it help to be sent on by the helper's other side.
        await ShellAsync(spec, "in", $"sudo ip route add {open}/32 via {closed}; sudo ip route add {_outside.Public}/32 via {open} onlink dev eth0");
        (await ShellAsync(spec, "in", Connect(_outside.Public))).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task Private_addresses_and_those_of_the_host_are_refused_at_once()
    {
        using var host = new HostListeners();
        var spec = Spec(Attacker("attacker", "open")) with { Networks = [Open] };
        await ApplyAsync(spec);
        await ListenersAreReachableElsewhereAsync(host);
        await EventuallyAsync(spec, "attacker", Connect(_outside.Public));
        var arrivedBefore = host.Arrived.Count;

        foreach (var address in new[] { _outside.Private, "169.254.169.254", "100.64.0.1", "198.18.0.1", "172.16.0.1" })
        {
            await ShouldBeRefusedAsync(spec, "attacker", address, Outside.Port);
        }

        var addresses = HostListeners.Addresses();
        addresses.ShouldContain(_outside.HostsPublic);
        foreach (var address in addresses)
        {
            await ShouldBeRefusedAsync(spec, "attacker", address, host.TcpPort);
            await ShellAsync(spec, "attacker", $"timeout 1 bash -c 'echo evil >/dev/udp/{address}/{host.UdpPort}'");
        }

        // A name that leads to a private address is not told.
        (await ShellAsync(spec, "attacker", $"dig +time=2 +tries=1 {Outside.PrivateName}")).Output.ShouldNotContain(_outside.Private);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Patient);
        host.Arrived.Count.ShouldBe(arrivedBefore, string.Join(", ", host.Arrived));
    }

    [Fact]
    public async Task Names_of_private_IPv6_addresses_are_not_told()
    {
        var spec = Spec(Attacker("attacker", "open")) with { Networks = [Open] };
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "attacker", $"dig +short +time=2 +tries=1 {Outside.Ipv6Name} AAAA | grep -F 2001:db8::1");

        foreach (var (name, address) in Outside.PrivateIpv6)
        {
            (await ShellAsync(spec, "attacker", $"dig +time=2 +tries=2 @{_outside.Public} {name} AAAA")).Output.ShouldContain(address, Case.Sensitive, "control: it is known outside");
            (await ShellAsync(spec, "attacker", $"dig +time=2 +tries=2 {name} AAAA")).Output.ShouldContain("status: NXDOMAIN", Case.Sensitive, name);
            (await ShellAsync(spec, "attacker", $"dig +time=2 +tries=2 {name} ANY")).Output.ShouldNotContain(address, Case.Sensitive, name);
        }
    }

    [Fact]
    public async Task Who_has_taken_over_a_helper_reaches_no_other_helper_nothing_private_and_not_the_host()
    {
        using var host = new HostListeners();
        var mine = Spec(Attacker("attacker", "open")) with { Networks = [Open] };
        var theirs = Spec(Attacker("victim", "open")) with { Networks = [Open] };
        await Task.WhenAll(ApplyAsync(mine), ApplyAsync(theirs));
        await ListenersAreReachableElsewhereAsync(host);
        var victim = (await InHelperAsync(theirs, $"ip -4 -o route get {_outside.Public} | sed 's/.* src \\([^ ]*\\).*/\\1/'")).Output.Trim();
        var machine = Of(await Runtime.ObserveAsync(theirs.InstanceId, Patient), "victim").Addresses[0];
        victim.ShouldMatch(@"^10\.218\.");
        await InHelperAsync(theirs, $"nft delete table inet lab; setsid socat TCP-LISTEN:{Outside.Port},fork,reuseaddr SYSTEM:'echo open' >/dev/null 2>&1 &");
        (await InHelperAsync(theirs, $"for i in 1 2 3 4 5 6 7 8 9; do socat -u TCP:{victim}:{Outside.Port} - && exit; sleep 0.5; done; exit 1")).Output.Trim().ShouldBe("open", "control: it answers");

        (await InHelperAsync(mine, "nft delete table inet lab && nft list ruleset")).Output.ShouldNotContain("refused");
        (await InHelperAsync(mine, Socat(_outside.Public, Outside.Port))).Output.Trim().ShouldBe("open");
        List<(string Address, int Port)> targets =
        [
            (_outside.Private, Outside.Port), (victim, Outside.Port), (victim, 53), (machine, Outside.Port), .. HostListeners.Addresses().Select(a => (a, host.TcpPort)),
        ];
        foreach (var (address, port) in targets)
        {
            var (code, output) = await InHelperAsync(mine, Socat(address, port));
            code.ShouldBeGreaterThan(0, $"{address}:{port}: {output}");
            code.ShouldBeLessThan(Ended, $"{address}:{port} is refused, not dropped");
        }

        // Without the helper's rules nothing of the machines leaves it.
        (await ShellAsync(mine, "attacker", Connect(_outside.Public))).ExitCode.ShouldNotBe(0);
        host.Arrived.Count(a => a == "tcp").ShouldBe(1);
    }

    [Fact]
    public async Task The_way_out_is_there_again_after_the_helper_ended_and_after_its_network_was_removed()
    {
        var spec = Spec(Attacker("attacker", "open")) with { Networks = [Open] };
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "attacker", Connect(_outside.Public));
        var helper = Engine.Names.Helper(spec.InstanceId);

        await Engine.Engine.Containers.StopAsync(helper, TimeSpan.Zero, Patient);
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "attacker", Connect(Outside.Name));
        await ShouldBeRefusedAsync(spec, "attacker", _outside.Private, Outside.Port);

        await Engine.Engine.Containers.StopAsync(helper, TimeSpan.Zero, Patient);
        await Engine.Engine.Networks.RemoveAsync(Engine.Names.Uplink(spec.InstanceId), Patient);
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "attacker", Connect(Outside.Name));
        await ShouldBeRefusedAsync(spec, "attacker", _outside.Private, Outside.Port);

        await Runtime.DeleteAsync(spec.InstanceId, Patient);
        (await Engine.Engine.Networks.ListAsync(EngineLabels.Of(Engine.Installation, spec.InstanceId), Patient)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_instance_of_a_lab_with_the_authors_subnet_has_its_way_out()
    {
        var labs = Enumerable.Range(0, 2).Select(_ => Spec(Attacker("one", "open"), Vm("guest", "", new NetworkAttachment("open"))) with
        {
            Networks = [Open with { Subnet = "10.218.0.0/24" }],
        }).ToList();
        foreach (var lab in labs)
        {
            await ApplyAsync(lab);
        }

        foreach (var lab in labs)
        {
            (await EventuallyAsync(lab, "one", Connect(Outside.Name))).ShouldBe("open");
            await EventuallyAsync(lab, "one", "ping -c 1 -W 2 guest");
            await using var person = await LogInAsync(lab, "guest");
            await person.TypeAsync($"until nc -w 2 {Outside.Name} {Outside.Port} </dev/null | grep open; do sleep 1; done; echo it''is\r", Patient);
            await person.ReadUntilAsync("itis", Patient);
        }
    }

    [Fact]
    public async Task A_VM_in_both_kinds_of_networks_knows_names_outside_and_one_in_the_closed_does_not()
    {
        var spec = Spec(Vm("both", "", new NetworkAttachment("closed"), new NetworkAttachment("open")), Vm("in", "", new NetworkAttachment("closed"))) with
        {
            Networks = [Closed, Open],
        };
        await ApplyAsync(spec);
        await using (var both = await LogInAsync(spec, "both"))
        {
            await both.TypeAsync($"until nc -w 2 {Outside.Name} {Outside.Port} </dev/null | grep open; do sleep 1; done; until ping -c 1 in 2>&1 | grep PING; do sleep 1; done; echo it''is\r", Patient);
            await both.ReadUntilAsync("itis", Patient);
        }

        await using var inside = await LogInAsync(spec, "in");
        await inside.TypeAsync("until ping -c 1 both 2>&1 | grep PING; do sleep 1; done; echo it''is\r", Patient);
        await inside.ReadUntilAsync("itis", Patient);
        var said = await SayAsync(inside, $"nc -w 2 {Outside.Name} {Outside.Port} </dev/null || echo unknown; nc -w 2 {_outside.Public} {Outside.Port} </dev/null || echo refused");
        said.ShouldContain("unknown");
        said.ShouldContain("refused");
        said.ShouldNotContain("open");
    }

    [Fact]
    public async Task Names_outside_are_asked_of_the_hosts_own_name_servers()
    {
        var control = new ContainerCreation
        {
            Image = EngineFixture.Terminal.Reference,
            Entrypoint = ["dig", "+short", "+time=3", "+tries=2", OutsideName.Value],
            Labels = EngineLabels.Shared(Engine.Installation, EngineRoles.Task),
        };
        var known = (await new EngineTask(Engine.Engine, Engine.Names).RunAsync("control", control, Patient)).Output.Trim().Split('\n').Last();
        Assert.SkipUnless(System.Net.IPAddress.TryParse(known, out _), "No container of this host knows names outside.");
        var spec = Spec(Attacker("box", "open")) with { Networks = [Open] };
        await Engine.Runtime.ApplyAsync(spec, new Conformance.Runtimes.StageLog(), Patient);

        await EventuallyAsync(spec, "box", $"dig +short +time=3 +tries=1 {OutsideName.Value} | grep -E '^[0-9.]+$'");
    }

    public void Dispose() => _runtime.Dispose();

    private static string Connect(string address) => $"timeout 5 bash -c 'exec 3<>/dev/tcp/{address}/{Outside.Port} && cat <&3'";

    private static string Socat(string address, int port) => $"timeout 5 socat -u TCP:{address}:{port} -";

    private async Task ShouldBeRefusedAsync(InstanceSpec spec, string machine, string address, int port)
    {
        var result = await ShellAsync(spec, machine, $"timeout 5 bash -c 'exec 3<>/dev/tcp/{address}/{port}'");
        result.ExitCode.ShouldNotBe(0, $"{address}:{port} was reached");
        result.ExitCode.ShouldNotBe(Ended, $"{address}:{port} is refused, not dropped: {result.Output}");
    }

    private Task<(int ExitCode, string Output)> InHelperAsync(InstanceSpec spec, string line) => Engine.Engine.Execs.RunAsync(
        Engine.Names.Helper(spec.InstanceId), new ExecCreation { User = "0:0", Cmd = ["sh", "-c", line] }, default, 64 << 10, Patient);

    private MachineSpec Attacker(string name, params string[] networks)
    {
        var machine = Container(name, [.. networks.Select(n => new NetworkAttachment(n))]);
        return machine with { Definition = machine.Definition with { Privileges = All } };
    }
}
