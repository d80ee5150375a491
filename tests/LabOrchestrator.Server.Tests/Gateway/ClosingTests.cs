using System.Net.WebSockets;
using LabOrchestrator.Conformance;
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

        await Eventually.IsSoAsync(() => host.Consoles.CountOf(SocketMachines.Instance, SocketMachines.Machine) == 2 && Volatile.Read(ref changes) == 2);
        host.Consoles.CountOf(SocketMachines.Instance, "client").ShouldBe(0);
        host.Consoles.WatchersOf(SocketMachines.Instance).Select(r => (r.UserId, r.Mode)).Order()
            .ShouldBe([(1L, ConsoleMode.Interact), (2L, ConsoleMode.View)]);
        await one.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await Eventually.IsSoAsync(() => host.Consoles.Count == 1 && Volatile.Read(ref changes) == 3);
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
        var (others, othersMachine) = await host.OpenAsync(userId: 2);
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
        if (whose == "instance")
        {
            (await others.WaitForCloseAsync()).ShouldBe((code, reason));
            await Eventually.IsSoAsync(() => host.Consoles.Count == 0);
            return;
        }

        await Eventually.IsSoAsync(() => host.Consoles.Count == 1);
        host.Consoles.All.ShouldHaveSingleItem().CloseRequest.IsCompleted.ShouldBeFalse();
        await others.SendAsync("RFB 003.008\n"u8.ToArray());
        (await othersMachine.ReceiveAsync(12)).ShouldBe("RFB 003.008\n"u8.ToArray());
        await othersMachine.SendAsync(new byte[1]);
        (await others.ReceiveAsync(1)).Length.ShouldBe(1);
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

        await Eventually.IsSoAsync(() => host.Consoles.Count == 0);
        await Record.ExceptionAsync(() => speaking);
    }

    [Fact]
    public async Task A_stopping_server_says_so_and_stops_although_browsers_do_not_answer()
    {
        // That it stops at all shows that nothing else than this limit was waited for.
        await using var host = await GatewayHost.StartAsync(
            new GatewayTimes { CloseWithin = TimeSpan.FromHours(1), CloseWithinAtStop = TimeSpan.FromMilliseconds(300) });
        var (polite, _) = await host.OpenAsync();
        var (deaf, _) = await host.OpenAsync();
        using var _ = polite;
        using var __ = deaf;
        var closed = polite.WaitForCloseAsync();

        await host.StopAsync().WaitAsync(Eventually.Patience);

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

        await PassAsync(host, await BrowserOfAsync(host));
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
        await BrowserOfAsync(host);
        host.Consoles.Count.ShouldBe(1);

        host.Time.Advance(Quick.PingAfter + Quick.PongWithin);

        await machine.WaitForEndAsync();
        await Eventually.IsSoAsync(() => host.Consoles.Count == 0);
    }

    [Fact]
    public async Task A_browser_whose_machine_takes_no_input_is_not_given_up()
    {
        await using var host = await GatewayHost.StartAsync(Quick);
        var (browser, machine) = await host.OpenAsync(); // the machine reads nothing, as a frozen one
        using var _ = browser;
        using var __ = machine;
        var (other, othersMachine) = await host.OpenAsync(userId: 8); // answers pings, which shows that it was looked
        using var ___ = other;
        using var ____ = othersMachine;
        var readingOther = other.ReceiveAsync(1);
        var answering = await BrowserOfAsync(host, userId: 8);
        await browser.SendAsync("RFB 003.008\n"u8.ToArray());
        var typing = Task.Run(async () => await browser.SendAsync(new byte[16 << 20]));
        var held = await HeldUpAsync(host);

        await PassAsync(host, answering);

        host.Consoles.Count.ShouldBe(2);
        typing.IsCompleted.ShouldBeFalse();
        held.SilentFor.ShouldBeGreaterThan(Quick.PingAfter + Quick.PongWithin);
        var reading = browser.ReceiveAsync(1);
        await machine.ReceiveAsync((16 << 20) + 12);
        await typing;
        await PassAsync(host, held);
        await machine.SendAsync(new byte[1]);
        (await reading).Length.ShouldBe(1);
        await othersMachine.SendAsync(new byte[1]);
        (await readingOther).Length.ShouldBe(1);
        host.Consoles.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_browser_that_leaves_while_its_machine_takes_no_input_is_noticed()
    {
        await using var host = await GatewayHost.StartAsync(Quick);
        var (browser, machine) = await host.OpenAsync();
        using var _ = machine;
        await browser.SendAsync("RFB 003.008\n"u8.ToArray());
        var typing = Task.Run(async () => await browser.SendAsync(new byte[600_000])); // more than a unix socket holds, less than Kestrel does
        await HeldUpAsync(host);
        host.Consoles.Count.ShouldBe(1);

        browser.Abort();

        await Eventually.IsSoAsync(() => host.Consoles.Count == 0);
        await Record.ExceptionAsync(() => typing);
        browser.Dispose();
    }

    // Pings often; how long a silent one is kept passes on the host's clock, which the tests put forward.
    private static GatewayTimes Quick => new()
    {
        PingAfter = TimeSpan.FromMilliseconds(100),
        PongWithin = TimeSpan.FromSeconds(60),
        LookEvery = TimeSpan.FromMilliseconds(20),
    };

    // Twice as long as a silent browser is kept; one that answers pings is heard in each quarter of it.
    private static async Task PassAsync(GatewayHost host, BrowserSocket answering)
    {
        for (var quarter = 0; quarter < 4; quarter++)
        {
            host.Time.Advance(Quick.PongWithin / 2);
            await Eventually.IsSoAsync(() => answering.SilentFor < Quick.PongWithin / 2);
        }
    }

    // The gateway's side of a user's browser, once it is there and looked after.
    private static async Task<BrowserSocket> BrowserOfAsync(GatewayHost host, long userId = 7)
    {
        await Eventually.IsSoAsync(() => host.Consoles.All.Any(c => c.Request.UserId == userId && c.Browser is { IsPinged: true }));
        return host.Consoles.All.Single(c => c.Request.UserId == userId).Browser!;
    }

    // The same, once the machine has taken none of its input for a second.
    private static async Task<BrowserSocket> HeldUpAsync(GatewayHost host)
    {
        var browser = await BrowserOfAsync(host);
        await Eventually.IsSoAsync(() => browser.InputIsHeldUp && browser.SilentFor > TimeSpan.FromSeconds(1));
        return browser;
    }

    private static Task Pause(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System);
}
