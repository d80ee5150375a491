using System.Diagnostics;
using System.Net.Sockets;
using System.Net.WebSockets;
using LabOrchestrator.Conformance;
using LabOrchestrator.Server.Gateway;

namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>The relay, byte for byte.</summary>
public sealed class RelayTests
{
    private static readonly GatewayTimes Pinging = new()
    {
        PingAfter = TimeSpan.FromMilliseconds(20),
        LookEvery = TimeSpan.FromMilliseconds(5),
        FirstPongWithin = TimeSpan.FromSeconds(20),
    };

    private const int Much = 48 << 20;
    private static readonly byte[] Handshake = [.. "RFB 003.008\n"u8, 1, 1];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task What_a_machine_says_arrives_byte_for_byte(bool slow, bool direct)
    {
        await using var host = await GatewayHost.StartAsync(Pinging);
        var (browser, machine) = await host.OpenAsync();
        using var _ = browser;
        using var __ = machine;
        var said = Noise.Bytes(Much, 1);
        if (!direct)
        {
            // Something else than the pong comes first.
            await browser.SendAsync(Handshake);
        }

        var sending = Task.Run(async () =>
        {
            foreach (var piece in Noise.OddCuts(said, 2))
            {
                await machine.SendAsync(piece);
            }
        });
        var reads = 0;
        var heard = await browser.ReceiveAsync(
            Much, slow ? () => ++reads % 8 == 0 ? Pause(2) : Task.CompletedTask : null, slow ? 100_001 : 65_536);
        await sending;

        heard.AsSpan().SequenceEqual(said).ShouldBeTrue();
        host.Consoles.All.Single().Browser!.SendsDirectly.ShouldBe(direct);
    }

    [Fact]
    public async Task A_browser_that_does_not_answer_the_first_ping_gets_its_screen_all_the_same()
    {
        await using var host = await GatewayHost.StartAsync(new GatewayTimes { FirstPongWithin = TimeSpan.FromMilliseconds(200) });
        var (browser, machine) = await host.OpenAsync();
        using var _ = browser;
        using var __ = machine;
        var said = Noise.Bytes(4 << 20, 1);
        var sending = Task.Run(() => machine.SendAsync(said));
        await Eventually.IsSoAsync(() => host.Consoles.All.Any(c => c.Browser is { IsPinged: true })); // reads nothing, so answers nothing

        (await browser.ReceiveAsync(said.Length)).AsSpan().SequenceEqual(said).ShouldBeTrue();

        await sending;
        host.Consoles.All.Single().Browser!.SendsDirectly.ShouldBeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_browser_sends_arrives_byte_for_byte(bool slow)
    {
        await using var host = await GatewayHost.StartAsync(Pinging);
        var (browser, machine) = await host.OpenAsync();
        using var _ = browser;
        using var __ = machine;
        var said = Noise.Bytes(Much, 3);
        Handshake.CopyTo(said.AsSpan());

        // A browser reads all the time, else it would see no ping.
        var reading = browser.ReceiveAsync(1);
        var sending = Task.Run(async () =>
        {
            foreach (var piece in Noise.OddCuts(said, 4))
            {
                await browser.SendAsync(piece);
            }
        });
        var heard = new byte[Much];
        for (int got = 0, reads = 0; got < Much; reads++)
        {
            var received = await machine.Socket.ReceiveAsync(heard.AsMemory(got, Math.Min(100_001, Much - got)));
            received.ShouldBeGreaterThan(0);
            got += received;
            if (slow && reads % 8 == 0)
            {
                await Pause(2);
            }
        }

        await sending;
        heard.AsSpan().SequenceEqual(said).ShouldBeTrue();
        await machine.SendAsync(new byte[1]);
        (await reading).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Both_directions_at_once_arrive_byte_for_byte()
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, machine) = await host.OpenAsync();
        using var _ = browser;
        using var __ = machine;
        var down = Noise.Bytes(Much, 5);
        var up = Noise.Bytes(Much, 6);
        Handshake.CopyTo(up.AsSpan());

        var sendingDown = Task.Run(() => machine.SendAsync(down));
        var sendingUp = Task.Run(async () =>
        {
            foreach (var piece in Noise.OddCuts(up, 7))
            {
                await browser.SendAsync(piece);
            }
        });
        var receivingUp = Task.Run(async () =>
        {
            var bytes = new byte[Much];
            for (var got = 0; got < Much;)
            {
                got += await machine.Socket.ReceiveAsync(bytes.AsMemory(got));
            }

            return bytes;
        });
        var heard = await browser.ReceiveAsync(Much);
        await sendingDown;
        await sendingUp;

        heard.AsSpan().SequenceEqual(down).ShouldBeTrue();
        (await receivingUp).AsSpan().SequenceEqual(up).ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task The_tail_arrives_when_the_machine_ends_while_the_browser_still_sends(int seed)
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, machine) = await host.OpenAsync();
        using var _ = browser;
        var said = Noise.Bytes(12 << 20, seed);
        await browser.SendAsync(Handshake);

        // While the machine takes nothing, no more than fits on the way: .NET's client answers no ping, and reads nothing, while it waits
        // to send. When the machine has ended, as fast as it goes.
        using var enough = new CancellationTokenSource();
        var ended = false;
        var typing = Task.Run(async () =>
        {
            var keys = new byte[4096];
            while (!enough.IsCancellationRequested)
            {
                if (Volatile.Read(ref ended))
                {
                    await browser.SendAsync(keys);
                }
                else
                {
                    await browser.SendAsync(keys.AsMemory(0, 32));
                    await Pause(1);
                }
            }
        });
        var ending = Task.Run(async () =>
        {
            await machine.SendAsync(said);
            machine.Dispose(); // with unread input: the gateway's next write and last read fail
            Volatile.Write(ref ended, true);
        });

        // The pauses keep megabytes under way when the machine ends.
        var heard = await browser.ReceiveAsync(said.Length, () => Pause(1));
        await ending;
        heard.AsSpan().SequenceEqual(said).ShouldBeTrue();

        // A browser goes on sending until it has seen the close frame.
        var closed = await browser.ReceiveAsync(new byte[1], default);
        closed.MessageType.ShouldBe(WebSocketMessageType.Close);
        (browser.CloseStatus, browser.CloseStatusDescription).ShouldBe((WebSocketCloseStatus.NormalClosure, "machine-ended"));
        await enough.CancelAsync();
        await typing;
        await browser.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await EmptyAsync(host);
    }

    [Fact]
    public async Task A_browser_that_never_answers_the_close_is_cut_off_in_time()
    {
        await using var host = await GatewayHost.StartAsync(new GatewayTimes { CloseWithin = TimeSpan.FromMilliseconds(300) });
        var (browser, machine) = await host.OpenAsync();
        using var _ = browser;

        var started = Stopwatch.GetTimestamp();
        machine.Dispose();
        await EmptyAsync(host);

        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task A_machine_that_reads_no_more_still_shows_its_screen()
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, machine) = await host.OpenAsync();
        using var _ = browser;
        using var __ = machine;
        machine.Socket.Shutdown(SocketShutdown.Receive);
        await browser.SendAsync(Handshake);
        await browser.SendAsync(new byte[100_000]);
        var said = Noise.Bytes(1 << 20, 8);

        await machine.SendAsync(said);

        (await browser.ReceiveAsync(said.Length)).AsSpan().SequenceEqual(said).ShouldBeTrue();
    }

    [Fact]
    public async Task A_machine_that_hangs_up_half_way_ends_the_console()
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, machine) = await host.OpenAsync();
        using var _ = browser;
        using var __ = machine;

        machine.Socket.Shutdown(SocketShutdown.Send);

        (await browser.WaitForCloseAsync()).ShouldBe((1000, "machine-ended"));
        await machine.WaitForEndAsync();
        await EmptyAsync(host);
    }

    [Fact]
    public async Task A_browser_that_closes_ends_the_console()
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, machine) = await host.OpenAsync();
        using var _ = browser;
        using var __ = machine;

        await browser.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default).WaitAsync(Eventually.Patience);

        await machine.WaitForEndAsync();
        await EmptyAsync(host);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_browser_that_vanishes_ends_the_console(bool whileTheMachineSpeaks)
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, machine) = await host.OpenAsync();
        using var _ = machine;
        var speaking = whileTheMachineSpeaks ? machine.SendAsync(new byte[64 << 20]) : Task.CompletedTask;
        await Pause(20);

        browser.Abort();
        browser.Dispose();

        await EmptyAsync(host);
        machine.Dispose();
        await Record.ExceptionAsync(() => speaking);
    }

    private static Task EmptyAsync(GatewayHost host) => Eventually.IsSoAsync(() => host.Consoles.Count == 0);

    private static Task Pause(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System);
}
