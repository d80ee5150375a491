using System.Globalization;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Instances;

/// <summary>Networks that somebody removes while their containers are down, as <c>docker network prune</c> does after a host's reboot.</summary>
public sealed class NetworkLossTests(EngineFixture engine) : EngineLab(engine)
{
    // The page has a line for each boot of the disk. Its file system has no journal: nothing may be under way when the machine is killed.
    private const string CountBoots = """
        #!/bin/sh
        echo boot >>/srv/www/index.html
        sync
        echo u >/proc/sysrq-trigger
        until grep -q ' / ext4 ro' /proc/mounts; do sleep 1; done
        httpd -h /srv/www

        """;

    [Theory]
    [InlineData(null)]
    [InlineData("10.96.1.0/24")]
    public async Task A_lab_whose_network_was_removed_comes_back_with_its_disks_and_addresses_and_says_so(string? subnet)
    {
        var spec = Spec(Container("one"), Container("two"), Vm("guest", CountBoots)) with
        {
            Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork) { Subnet = subnet }],
        };
        var first = await ApplyAsync(spec);
        await RunAsync(spec, "one", WriteFile("notes", "kept"));
        (await EventuallyAsync(spec, "two", "wget -qO- -T 2 http://guest/")).ShouldBe("boot");

        await LoseNetworksAsync(spec, LabDefinition.DefaultNetwork);
        var back = await ApplyAsync(spec with { HasRun = true });

        back.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running);
        back.Remark.ShouldBe($"Docker Engine lost a part of this lab and made it again: network {LabDefinition.DefaultNetwork}.");
        foreach (var machine in first.Machines)
        {
            Of(back, machine.Name).ShouldSatisfyAllConditions(
                m => m.Addresses.ShouldBe(machine.Addresses), m => m.Remark.ShouldBe(machine.Remark, "neither it nor its disk was lost"));
        }

        (await RunAsync(spec, "one", ReadFile("notes"))).ShouldBe("kept");
        await EventuallyAsync(spec, "one", "ping -c 1 -W 2 two");
        (await EventuallyAsync(spec, "two", "wget -qO- -T 2 http://guest/")).ShouldBe("boot\nboot");

        // From then on it is as any other, whose users may do as ever.
        await ApplyAsync(With(spec, "one", m => m with { BootGeneration = 1 }));
        (await RunAsync(spec, "one", ReadFile("notes"))).ShouldBe("kept");
        await ApplyAsync(With(spec, "one", m => m with { BootGeneration = 1, ResetGeneration = 1 }));
        (await Commands.RunAsync(spec.InstanceId, "one", ReadFile("notes"), Patient)).ExitCode.ShouldNotBe(0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("10.96.2.0/24")]
    public async Task Machines_keep_disks_and_addresses_also_where_their_subnet_was_taken_meanwhile(string? subnet)
    {
        var spec = Spec(Container("one"), Container("two"), Vm("guest", CountBoots)) with
        {
            Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork) { Subnet = subnet }],
        };
        var first = await ApplyAsync(spec);
        await RunAsync(spec, "one", WriteFile("notes", "kept"));
        await EventuallyAsync(spec, "two", "wget -qO- -T 2 http://guest/");
        var taken = (await LoseNetworksAsync(spec, LabDefinition.DefaultNetwork)).Single();
        await Engine.Engine.Networks.CreateAsync(
            new NetworkCreation
            {
                Name = $"{Engine.Names.Prefix}foreign-{Guid.NewGuid():N}",
                Labels = EngineLabels.Shared(Engine.Installation, "test"),
                Addresses = new AddressManagement { Config = [new AddressRange { Subnet = taken }] },

                // As the networks of other labs, and unlike the engine's usual ones: those have all that comes from their subnet translated, wherever it is.
                Options = new Dictionary<string, string> { ["com.docker.network.bridge.enable_ip_masquerade"] = "false" },
            },
            Patient);

        // Whatever it has now, it is kept when that goes too.
        foreach (var page in new[] { "boot\nboot", "boot\nboot\nboot" })
        {
            var back = await ApplyAsync(spec with { HasRun = true });

            back.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running);
            foreach (var machine in first.Machines)
            {
                Of(back, machine.Name).Addresses.ShouldBe(machine.Addresses);
            }

            (await ShellAsync(spec, "one", "ip -o -4 addr show dev eth0")).Output.ShouldContain($" {Of(first, "one").Addresses.Single()}/");
            (await RunAsync(spec, "one", ReadFile("notes"))).ShouldBe("kept");
            await EventuallyAsync(spec, "one", "ping -c 1 -W 2 two");
            (await EventuallyAsync(spec, "two", "wget -qO- -T 2 http://guest/")).ShouldBe(page);
            await LoseNetworksAsync(spec, LabDefinition.DefaultNetwork);
        }
    }

    [Fact]
    public async Task Of_two_networks_one_may_go_and_cards_are_in_order_also_of_a_machine_that_was_off()
    {
        var spec = Spec(
            Container("left", new NetworkAttachment("a")),
            Container("router", new NetworkAttachment("b"), new NetworkAttachment("a")),
            Container("right", new NetworkAttachment("b"))) with
        {
            Networks = [new NetworkDefinition("a"), new NetworkDefinition("b")],
        };
        var first = await ApplyAsync(spec);
        var off = With(spec, "left", m => m with { PoweredOn = false });
        await ApplyAsync(off);

        await LoseNetworksAsync(spec, "a");
        Of(await ApplyAsync(off with { HasRun = true }), "left").Phase.ShouldBe(MachinePhase.PoweredOff);
        var back = await ApplyAsync(With(spec with { HasRun = true }, "left", m => m with { BootGeneration = 1 }));

        back.Machines.ShouldAllBe(m => m.Phase == MachinePhase.Running);
        back.Remark.ShouldBe("Docker Engine lost a part of this lab and made it again: network a.");
        var addresses = Of(first, "router").Addresses;
        (await ShellAsync(spec, "router", "ip -o -4 addr show dev eth0")).Output.ShouldContain($" {addresses[0]}/");
        (await ShellAsync(spec, "router", "ip -o -4 addr show dev eth1")).Output.ShouldContain($" {addresses[1]}/");
        await EventuallyAsync(spec, "left", "ping -c 1 -W 2 router");
        await EventuallyAsync(spec, "right", "ping -c 1 -W 2 router");
    }

    [Fact]
    public async Task The_way_to_the_internet_that_was_removed_is_made_again()
    {
        var spec = Spec(Container("box")) with { Networks = [new NetworkDefinition(LabDefinition.DefaultNetwork) { Internet = true }] };
        await ApplyAsync(spec);
        await RunAsync(spec, "box", WriteFile("notes", "kept"));
        await DownAsync(spec);
        await Task.WhenAll((await NetworksAsync(spec)).Select(n => Engine.Engine.Networks.RemoveAsync(n.Id, Patient)));

        var back = await ApplyAsync(spec with { HasRun = true });

        back.Remark.ShouldBe($"Docker Engine lost a part of this lab and made it again: network {LabDefinition.DefaultNetwork}, way to the internet.");
        (await RunAsync(spec, "box", ReadFile("notes"))).ShouldBe("kept");
        await EventuallyAsync(spec, "box", "getent hosts box");
        (await NetworksAsync(spec)).Count.ShouldBe(2);
    }

    // What the end of the engine or its host does, then what an administrator does after it. Returns the subnets.
    private async Task<IReadOnlyList<string>> LoseNetworksAsync(InstanceSpec spec, params IReadOnlyList<string> networks)
    {
        await DownAsync(spec);
        if (Directory.EnumerateDirectories(Engine.Options.RunDirectory, spec.InstanceId.ToString(CultureInfo.InvariantCulture), SearchOption.AllDirectories)
            .SingleOrDefault() is { } folder)
        {
            // It is in memory where it usually is.
            Directory.Delete(folder, recursive: true);
        }

        var removed = (await NetworksAsync(spec)).Where(n => networks.Contains(n.Labels?.GetValueOrDefault(EngineLabels.Network))).ToList();
        removed.Count.ShouldBe(networks.Count);
        await Task.WhenAll(removed.Select(n => Engine.Engine.Networks.RemoveAsync(n.Id, Patient)));
        return [.. removed.SelectMany(n => n.Subnets)];
    }

    private async Task DownAsync(InstanceSpec spec)
    {
        var containers = await Engine.Engine.Containers.ListAsync(EngineLabels.Of(Engine.Installation, spec.InstanceId), Patient);

        // Together they might lock Debian 12's engine up, see EngineContainers.
        foreach (var container in containers)
        {
            await Engine.Engine.Containers.StopAsync(container.Id, TimeSpan.Zero, Patient);
        }
    }

    private Task<IReadOnlyList<NetworkSummary>> NetworksAsync(InstanceSpec spec) =>
        Engine.Engine.Networks.ListAsync(EngineLabels.Of(Engine.Installation, spec.InstanceId), Patient);
}
