using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>What networks with and without <c>internet</c> reach beyond the host.</summary>
public sealed class InternetTests(EngineFixture engine, Outside outside) : InternetLab(engine, outside, "10.218.0.0/16")
{
    [Fact]
    public async Task Of_one_instance_machines_with_internet_reach_it_by_name_and_those_without_do_not()
    {
        var spec = Spec(Attacker("out", "open"), Attacker("in", "closed"), Attacker("both", "closed", "open"), Attacker("friend", "closed")) with { Networks = [Closed, Open] };
        await ApplyAsync(spec);

        foreach (var machine in new[] { "out", "both" })
        {
            await EventuallyAsync(spec, machine, $"dig +short +time=2 +tries=1 {Outside.Name} | grep -Fx {World.Public}");
            (await EventuallyAsync(spec, machine, Connect(Outside.Name))).ShouldBe("open", machine);
            await EventuallyAsync(spec, machine, "getent hosts both");
        }

        var open = (await ShellAsync(spec, "out", "ip route show default | cut -d' ' -f3")).Output.Trim();
        var closed = (await ShellAsync(spec, "in", "ip route show default | cut -d' ' -f3")).Output.Trim();
        await EventuallyAsync(spec, "in", "getent hosts friend");
        (await ShellAsync(spec, "in", Connect(World.Public))).ExitCode.ShouldNotBe(0);
        foreach (var server in new[] { closed, open, "127.0.0.11" })
        {
            var asked = await ShellAsync(spec, "in", $"dig +time=2 +tries=1 @{server} {Outside.Name}");
            asked.Output.ShouldNotContain("status: NOERROR", Case.Sensitive, server);
            asked.Output.ShouldNotContain(World.Public, Case.Sensitive, server);
        }

        // Neither does it help to be sent on by the helper's other side.
        await ShellAsync(spec, "in", $"sudo ip route add {open}/32 via {closed}; sudo ip route add {World.Public}/32 via {open} onlink dev eth0");
        (await ShellAsync(spec, "in", Connect(World.Public))).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task The_way_out_is_there_again_after_the_helper_ended_and_after_its_network_was_removed()
    {
        var spec = Spec(Attacker("attacker", "open")) with { Networks = [Open] };
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "attacker", Connect(World.Public));
        var helper = Engine.Names.Helper(spec.InstanceId);

        await Engine.Engine.Containers.StopAsync(helper, TimeSpan.Zero, Patient);
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "attacker", Connect(Outside.Name));
        await ShouldBeRefusedAsync(spec, "attacker", World.Private, Outside.Port);

        await Engine.Engine.Containers.StopAsync(helper, TimeSpan.Zero, Patient);
        await Engine.Engine.Networks.RemoveAsync(Engine.Names.Uplink(spec.InstanceId), Patient);
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "attacker", Connect(Outside.Name));
        await ShouldBeRefusedAsync(spec, "attacker", World.Private, Outside.Port);

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
    public async Task A_VM_in_both_kinds_of_networks_knows_namesWorld_and_one_in_the_closed_does_not()
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
        var said = await SayAsync(inside, $"nc -w 2 {Outside.Name} {Outside.Port} </dev/null || echo unknown; nc -w 2 {World.Public} {Outside.Port} </dev/null || echo refused");
        said.ShouldContain("unknown");
        said.ShouldContain("refused");
        said.ShouldNotContain("open");
    }

    [Fact]
    public async Task NamesWorld_are_asked_of_the_hosts_own_name_servers()
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
}
