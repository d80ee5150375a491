using System.Net.WebSockets;
using LabOrchestrator.Consoles;
using LabOrchestrator.Server.Gateway;

namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>Who watches, who is pinged, and how consoles are closed from this side.</summary>
public sealed class ClosingTests
{
    [Fact]
    public async Task Watchers_are_counted_per_machine()
    {
        await using var host = await GatewayHost.StartAsync();
        var changes = 0;
        host.Consoles.WatchersChanged += _ => Interlocked.Increment(ref changes);
        host.Consoles.CountOf(SocketMachines.Instance, SocketMachines.Machine).ShouldBe(0);

        var (one, _) = await host.OpenAsync(userId: 1);
        var (two, _) = await host.OpenAsync(ConsoleMode.View, userId: 2);

        host.Consoles.CountOf(SocketMachines.Instance, SocketMachines.Machine).ShouldBe(2);
        host.Consoles.CountOf(SocketMachines.Instance, "client").ShouldBe(0);
        host.Consoles.WatchersOf(SocketMachines.Instance).Select(r => (r.UserId, r.Mode)).Order()
            .ShouldBe([(1L, ConsoleMode.Interact), (2L, ConsoleMode.View)]);
        changes.ShouldBe(2);
        await one.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await UntilAsync(() => host.Consoles.Count == 1 && changes == 3);
        two.Dispose();
        one.Dispose();
    }

    [Theory]
    [InlineData("instance", 4003, "lab-stopped")]
    [InlineData("user", 4002, "signed-out")]
    [InlineData("member", 4001, "access-withdrawn")]
    public async Task Consoles_are_closed_with_a_reason_and_only_those_meant(string whose, int code, string reason)
    {
        await using var host = await GatewayHost.StartAsync();
        var (mine, machine) = await host.OpenAsync(userId: 1);
        var (others, _) = await host.OpenAsync(userId: 2);
        using var _ = mine;
        using var __ = others;

        switch (whose)
        {
            case "instance":
                host.Consoles.CloseInstance(SocketMachines.Instance + 1, ConsoleEnd.ProtocolError);
                host.Consoles.CloseInstance(SocketMachines.Instance, ConsoleEnd.InstanceStopped);
                break;
            case "user":
                host.Consoles.CloseUser(1, ConsoleEnd.SignedOut);
                break;
            default:
                host.Consoles.CloseMember(SocketMachines.Instance + 1, 2, ConsoleEnd.ProtocolError);
                host.Consoles.CloseMember(SocketMachines.Instance, 1, ConsoleEnd.AccessWithdrawn);
                break;
        }

        (await mine.WaitForCloseAsync()).ShouldBe((code, reason));
        await machine.WaitForEndAsync();
        await UntilAsync(() => host.Consoles.Count == (whose == "instance" ? 0 : 1) || whose == "instance");
        others.State.ShouldBe(WebSocketState.Open);
    }

    [Fact]
    public async Task Rights_withdrawn_while_the_machine_is_dialled_count()
    {
        await using var host = await GatewayHost.StartAsync();
        var ticket = await host.TicketAsync(userId: 1);
        host.Machines.BeforeDial = () => host.Consoles.CloseUser(1, ConsoleEnd.AccessWithdrawn);

        using var browser = new ClientWebSocket();
        await browser.ConnectAsync(host.WebSocketAddress(ticket), default);

        (await browser.WaitForCloseAsync()).ShouldBe((4001, "access-withdrawn"));
    }

    [Fact]
    public async Task A_slow_browser_does_not_keep_a_withdrawn_console_open()
    {
        await using var host = await GatewayHost.StartAsync(new GatewayTimes { CloseWithin = TimeSpan.FromMilliseconds(300) });
        var (browser, machine) = await host.OpenAsync(userId: 1);
        using var _ = browser;
        var speaking = Task.Run(() => machine.SendAsync(new byte[64 << 20]));
        await Pause(100);

        host.Consoles.CloseUser(1, ConsoleEnd.AccessWithdrawn);

        await UntilAsync(() => host.Consoles.Count == 0);
        await Record.ExceptionAsync(() => speaking);
    }

    [Fact]
    public async Task A_stopping_server_says_so_and_stops_although_browsers_do_not_answer()
    {
        await using var host = await GatewayHost.StartAsync(new GatewayTimes { CloseWithinAtStop = TimeSpan.FromMilliseconds(300) });
        var (polite, _) = await host.OpenAsync();
        var (deaf, _) = await host.OpenAsync();
        using var _ = polite;
        using var __ = deaf;
        var closed = polite.WaitForCloseAsync();

        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(4));

        (await closed).ShouldBe((1012, "server-restart"));
        host.Consoles.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_silent_browser_is_pinged_and_one_that_answers_stays()
    {
        await using var host = await GatewayHost.StartAsync(Quick);
        var (browser, machine) = await host.OpenAsync();
        using var _ = browser;
        using var __ = machine;
        var reading = browser.ReceiveAsync(1); // the client answers pings while it reads

        await Pause(2_500); // longer than a silent one is kept
        await machine.SendAsync(new byte[1]);

        (await reading).Length.ShouldBe(1);
        host.Consoles.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_browser_that_answers_no_ping_is_given_up()
    {
        await using var host = await GatewayHost.StartAsync(Quick);
        var (browser, machine) = await host.OpenAsync(); // never reads, so never answers
        using var _ = browser;
        using var __ = machine;
        host.Consoles.Count.ShouldBe(1);

        await machine.WaitForEndAsync();
        await UntilAsync(() => host.Consoles.Count == 0);
    }

    [Fact]
    public async Task A_browser_whose_machine_takes_no_input_is_not_given_up()
    {
        await using var host = await GatewayHost.StartAsync(Quick);
        var (browser, machine) = await host.OpenAsync(); // the machine reads nothing, as a frozen one
        using var _ = browser;
        using var __ = machine;
        await browser.SendAsync("RFB 003.008\n"u8.ToArray());
        var typing = Task.Run(async () => await browser.SendAsync(new byte[16 << 20]));
        await Pause(2_500); // longer than a silent one is kept

        host.Consoles.Count.ShouldBe(1);
        typing.IsCompleted.ShouldBeFalse();
        var reading = browser.ReceiveAsync(1);
        await machine.ReceiveAsync((16 << 20) + 12);
        await typing;
        await Pause(400);
        host.Consoles.Count.ShouldBe(1);
        await machine.SendAsync(new byte[1]);
        (await reading).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_browser_that_leaves_while_its_machine_takes_no_input_is_noticed()
    {
        await using var host = await GatewayHost.StartAsync(Quick);
        var (browser, machine) = await host.OpenAsync();
        using var _ = machine;
        await browser.SendAsync("RFB 003.008\n"u8.ToArray());
        var typing = Task.Run(async () => await browser.SendAsync(new byte[600_000])); // more than a unix socket holds, less than Kestrel does
        await Pause(300);
        host.Consoles.Count.ShouldBe(1);

        browser.Abort();

        await UntilAsync(() => host.Consoles.Count == 0);
        await Record.ExceptionAsync(() => typing);
        browser.Dispose();
    }

    private static GatewayTimes Quick => new()
    {
        PingAfter = TimeSpan.FromMilliseconds(100),
        PongWithin = TimeSpan.FromSeconds(1),
        LookEvery = TimeSpan.FromMilliseconds(20),
    };

    private static Task Pause(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System);

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 1000 && !condition(); i++)
        {
            await Pause(10);
        }

        condition().ShouldBeTrue();
    }
}
