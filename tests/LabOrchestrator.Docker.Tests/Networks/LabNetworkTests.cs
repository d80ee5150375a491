using LabOrchestrator.Labs;

namespace LabOrchestrator.Docker.Tests.Networks;

public sealed class LabNetworkTests(EngineFixture engine) : EngineLab(engine)
{
    private const string ServePage = "#!/bin/sh\necho 'hello from the server' >/srv/www/index.html\nhttpd -h /srv/www\n";

    [Fact]
    public async Task A_container_reads_a_page_of_a_VM_by_name()
    {
        var spec = Spec(Container("client"), Vm("server", ServePage));
        await ApplyAsync(spec);

        (await EventuallyAsync(spec, "client", "wget -qO- -T 2 http://server/")).ShouldBe("hello from the server");
    }

    [Fact]
    public async Task A_VM_reads_a_page_of_a_container_by_name_and_knows_its_own()
    {
        var spec = Spec(Container("page"), Vm("guest", ""));
        await ApplyAsync(spec);
        await EventuallyAsync(spec, "page", "(while :; do printf 'HTTP/1.0 200 OK\\r\\n\\r\\nhello from the container\\n' | nc -l -p 8000 -q 1; done) >/dev/null 2>&1 &");
        await using var person = await LogInAsync(spec, "guest");

        await person.TypeAsync("hostname; until nc -w 2 page 8000 </dev/null | grep hello; do sleep 1; done\r", Patient);

        await person.ReadUntilAsync("hello from the container", Patient);
        person.Text.ShouldContain("guest");
    }

    [Fact]
    public async Task Every_instance_of_a_lab_has_the_authors_addresses()
    {
        var labs = Enumerable.Range(0, 2).Select(_ => Spec(
            Container("client", new NetworkAttachment("lan", "10.99.0.7")),
            Container("web", new NetworkAttachment("lan")),
            Vm("server", ServePage, new NetworkAttachment("lan", "10.99.0.1"))) with
        {
            Networks = [new NetworkDefinition("lan") { Subnet = "10.99.0.0/24" }],
        }).ToList();

        foreach (var lab in labs)
        {
            var applied = await ApplyAsync(lab);

            Of(applied, "client").Addresses.ShouldBe(["10.99.0.7"]);
            Of(applied, "server").Addresses.ShouldBe(["10.99.0.1"]);
            (await ShellAsync(lab, "client", "ip -o -4 addr show dev eth0")).Output.ShouldContain(" 10.99.0.7/24 ");
        }

        foreach (var lab in labs)
        {
            (await EventuallyAsync(lab, "client", "wget -qO- -T 2 http://10.99.0.1/")).ShouldBe("hello from the server");
            (await EventuallyAsync(lab, "client", "wget -qO- -T 2 http://server/")).ShouldBe("hello from the server");
            await EventuallyAsync(lab, "client", "ping -c 1 -W 2 web");
            await EventuallyAsync(lab, "web", "ping -c 1 -W 2 client");
        }
    }

    [Fact]
    public async Task Cards_are_in_the_authors_order_and_a_router_joins_two_networks()
    {
        var spec = Spec(
            Container("left", new NetworkAttachment("a")),
            Container("router", new NetworkAttachment("b"), new NetworkAttachment("a")),
            Container("right", new NetworkAttachment("b"))) with
        {
            Networks = [new NetworkDefinition("a"), new NetworkDefinition("b")],
        };
        var applied = await ApplyAsync(spec);

        var addresses = Of(applied, "router").Addresses;
        addresses.Length.ShouldBe(2);
        (await ShellAsync(spec, "router", "ip -o -4 addr show dev eth0")).Output.ShouldContain(addresses[0] + "/");
        (await ShellAsync(spec, "router", "ip -o -4 addr show dev eth1")).Output.ShouldContain(addresses[1] + "/");
        await EventuallyAsync(spec, "left", "ping -c 1 -W 2 router");
        await EventuallyAsync(spec, "right", "ping -c 1 -W 2 router");
        (await ShellAsync(spec, "left", $"ping -c 1 -W 2 {Of(applied, "right").Addresses[0]}")).ExitCode
            .ShouldNotBe(0, "the helper, which is in both networks, does not join them");

        // Restarted, they still are.
        await ApplyAsync(With(spec, "router", m => m with { BootGeneration = 1 }));
        (await ShellAsync(spec, "router", "ip -o -4 addr show dev eth0")).Output.ShouldContain(addresses[0] + "/");
        (await ShellAsync(spec, "router", "ip -o -4 addr show dev eth1")).Output.ShouldContain(addresses[1] + "/");
    }

    [Fact]
    public async Task Names_outside_do_not_exist()
    {
        var spec = Spec(Container("one"), Container("two"));
        await ApplyAsync(spec);

        await EventuallyAsync(spec, "one", "getent hosts two");
        (await ShellAsync(spec, "one", $"getent hosts {OutsideName.Value}")).ExitCode.ShouldNotBe(0);
        (await ShellAsync(spec, "one", $"dig +time=2 +tries=1 {OutsideName.Value} | grep -E 'status: (NXDOMAIN|REFUSED|SERVFAIL)'")).ExitCode.ShouldBe(0);
    }
}
