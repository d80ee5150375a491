using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>What is refused to machines with a way out, and to their helpers.</summary>
public sealed class RefusedTrafficTests(EngineFixture engine, Outside outside) : InternetLab(engine, outside, "10.221.0.0/16")
{
    [Fact]
    public async Task Private_addresses_and_those_of_the_host_are_refused_at_once()
    {
        using var host = new HostListeners();
        var spec = Spec(Attacker("attacker", "open")) with { Networks = [Open] };
        await ApplyAsync(spec);
        await ListenersAreReachableElsewhereAsync(host);
        await EventuallyAsync(spec, "attacker", Connect(World.Public));
        var before = host.Arrived.ToList();

        foreach (var address in new[] { World.Private, "169.254.169.254", "100.64.0.1", "198.18.0.1", "172.16.0.1" })
        {
            await ShouldBeRefusedAsync(spec, "attacker", address, Outside.Port);
        }

        var addresses = HostListeners.Addresses();
        addresses.ShouldContain(World.HostsPublic);
        foreach (var address in addresses)
        {
            await ShouldBeRefusedAsync(spec, "attacker", address, host.TcpPort);
            await ShellAsync(spec, "attacker", $"timeout 1 bash -c 'echo evil >/dev/udp/{address}/{host.UdpPort}'");
        }

        // A name that leads to a private address is not told.
        (await ShellAsync(spec, "attacker", $"dig +time=2 +tries=1 {Outside.PrivateName}")).Output.ShouldNotContain(World.Private);
        await NothingMoreArrivesAsync(host, before);
    }

    [Fact]
    public async Task What_belongs_to_the_site_is_refused_though_its_addresses_are_public()
    {
        var elsewhere = Spec(Attacker("control", "open")) with { Networks = [Open] };
        await Engine.Runtime.ApplyAsync(elsewhere, new Conformance.Runtimes.StageLog(), Patient);
        (await EventuallyAsync(elsewhere, "control", Connect(World.Sites))).ShouldBe("open", "control: it is reached where nobody forbids it");

        var spec = Spec(Attacker("attacker", "open")) with { Networks = [Open] };
        await ApplyAsync(spec);
        (await EventuallyAsync(spec, "attacker", Connect(World.Public))).ShouldBe("open");
        await ShouldBeRefusedAsync(spec, "attacker", World.Sites, Outside.Port);
    }

    [Fact]
    public async Task Names_of_private_IPv6_addresses_are_not_told()
    {
        var spec = Spec(Attacker("attacker", "open")) with { Networks = [Open] };
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "attacker", $"dig +short +time=2 +tries=1 {Outside.Ipv6Name} AAAA | grep -F 2001:db8::1");

        foreach (var (name, address) in Outside.PrivateIpv6)
        {
            (await ShellAsync(spec, "attacker", $"dig +time=2 +tries=2 @{World.Public} {name} AAAA")).Output.ShouldContain(address, Case.Sensitive, "control: it is known outside");
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
        var before = host.Arrived.ToList();
        var victim = (await InHelperAsync(theirs, $"ip -4 -o route get {World.Public} | sed 's/.* src \\([^ ]*\\).*/\\1/'")).Output.Trim();
        var machine = Of(await Runtime.ObserveAsync(theirs.InstanceId, Patient), "victim").Addresses[0];
        victim.ShouldMatch(@"^10\.221\.");
        await InHelperAsync(theirs, $"nft delete table inet lab; setsid socat TCP-LISTEN:{Outside.Port},fork,reuseaddr SYSTEM:'echo open' >/dev/null 2>&1 &");
        await ShouldBeOpenInHelperAsync(theirs, victim);

        (await InHelperAsync(mine, "nft delete table inet lab && nft list ruleset")).Output.ShouldNotContain("refused");
        await ShouldBeOpenInHelperAsync(mine, World.Public);
        List<(string Address, int Port)> targets =
        [
            (World.Private, Outside.Port), (victim, Outside.Port), (victim, 53), (machine, Outside.Port), .. HostListeners.Addresses().Select(a => (a, host.TcpPort)),
        ];
        foreach (var (address, port) in targets)
        {
            var (code, output) = await InHelperAsync(mine, Socat(address, port));
            code.ShouldBeGreaterThan(0, $"{address}:{port}: {output}");
            code.ShouldBeLessThan(Ended, $"{address}:{port} is refused, not dropped");
        }

        // Without the helper's rules nothing of the machines leaves it.
        (await ShellAsync(mine, "attacker", Connect(World.Public))).ExitCode.ShouldNotBe(0);
        await NothingMoreArrivesAsync(host, before);
    }

    private static string Socat(string address, int port) => $"timeout {Drop} socat -u TCP:{address}:{port} -";

    private async Task ShouldBeOpenInHelperAsync(InstanceSpec spec, string address)
    {
        var patient = Patient;
        while (true)
        {
            var (code, output) = await InHelperAsync(spec, Socat(address, Outside.Port));
            if (code == 0)
            {
                output.Trim().ShouldBe("open");
                return;
            }

            patient.IsCancellationRequested.ShouldBeFalse($"{address}: {output}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, CancellationToken.None);
        }
    }

    private Task<(int ExitCode, string Output)> InHelperAsync(InstanceSpec spec, string line) => Engine.Engine.Execs.RunAsync(
        Engine.Names.Helper(spec.InstanceId), new ExecCreation { User = "0:0", Cmd = ["sh", "-c", line] }, default, 64 << 10, Patient);
}
