using System.Buffers;
using System.Buffers.Binary;
using System.Net.WebSockets;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>Terminals: messages on the browser's side are frames without their length.</summary>
public sealed class TerminalTests
{
    private static readonly int[] PayloadLengths = [0, 1, 123, 124, 125, 126, 127, 4_000, 65_533, 65_534, 65_535, 65_536];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Frames_of_every_length_arrive_as_messages(int pieces)
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, machine) = await host.OpenAsync(console: "terminal");
        using var _ = browser;
        using var __ = machine;
        var lengths = pieces == 1 ? PayloadLengths[..8] : PayloadLengths;
        var frames = new ArrayBufferWriter<byte>();
        foreach (var length in lengths)
        {
            KeeperFrame.Write(frames, KeeperProtocol.Output, Noise.Bytes(length, length));
        }

        var sending = Task.Run(async () =>
        {
            for (var rest = frames.WrittenMemory; rest.Length > 0; rest = rest[Math.Min(pieces, rest.Length)..])
            {
                await machine.SendAsync(rest[..Math.Min(pieces, rest.Length)]);
            }
        });

        foreach (var length in lengths)
        {
            var message = await browser.ReceiveMessageAsync();
            message[0].ShouldBe(KeeperProtocol.Output);
            message.AsSpan(1).SequenceEqual(Noise.Bytes(length, length)).ShouldBeTrue($"payload of {length}");
        }

        await sending;
        machine.Dispose();
        (await browser.WaitForCloseAsync()).ShouldBe((1000, "machine-ended"));
    }

    [Fact]
    public async Task Messages_of_every_length_arrive_as_frames_also_in_fragments()
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, machine) = await host.OpenAsync(console: "terminal");
        using var _ = browser;
        using var __ = machine;

        foreach (var length in PayloadLengths)
        {
            byte[] message = [KeeperProtocol.Input, .. Noise.Bytes(length, length)];
            await browser.SendAsync(message);
            await ExpectAsync(machine, message);
            foreach (var piece in message.Chunk(10_000).SkipLast(1))
            {
                await browser.SendAsync(piece.AsMemory(), WebSocketMessageType.Binary, endOfMessage: false, default);
            }

            await browser.SendAsync(message.Chunk(10_000).Last().AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, default);
            await ExpectAsync(machine, message);
        }
    }

    [Fact]
    public async Task A_watcher_attaches_and_pauses_but_neither_types_nor_resizes()
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, machine) = await host.OpenAsync(ConsoleMode.View, "terminal");
        using var _ = browser;
        using var __ = machine;
        byte[] attach = [KeeperProtocol.Attach, 0, 0, 0, 0, 0, 0, 0, 9];

        await browser.SendAsync(attach);
        await browser.SendAsync("Irm -rf /\n"u8.ToArray());
        await browser.SendAsync(new byte[] { KeeperProtocol.Resize, 0, 80, 0, 24 });
        await browser.SendAsync(new byte[] { KeeperProtocol.Pause });
        await browser.SendAsync(new byte[] { KeeperProtocol.Continue });

        await ExpectAsync(machine, attach);
        await ExpectAsync(machine, [KeeperProtocol.Pause]);
        await ExpectAsync(machine, [KeeperProtocol.Continue]);
        machine.Socket.Available.ShouldBe(0);
    }

    [Theory]
    [InlineData("", 1002)]
    [InlineData("X", 1002)]
    [InlineData("Ashort", 1002)]
    [InlineData("R12345", 1002)]
    [InlineData("P!", 1002)]
    public async Task A_malformed_message_ends_the_console(string message, int code)
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, machine) = await host.OpenAsync(console: "terminal");
        using var _ = browser;
        using var __ = machine;

        await browser.SendAsync(System.Text.Encoding.ASCII.GetBytes(message));
        if (message.Length == 0)
        {
            await browser.SendAsync("X"u8.ToArray());
        }

        (await browser.WaitForCloseAsync()).Code.ShouldBe(code);
    }

    [Fact]
    public async Task A_message_that_is_too_big_or_text_ends_the_console()
    {
        await using var host = await GatewayHost.StartAsync();
        var (big, _) = await host.OpenAsync(console: "terminal");
        var (text, _) = await host.OpenAsync(console: "terminal");
        using var _ = big;
        using var __ = text;

        await big.SendAsync(new byte[65_538]);
        await big.SendAsync(new byte[2 << 20]); // on its way when the gateway refuses
        await text.SendAsync("Ix"u8.ToArray().AsMemory(), WebSocketMessageType.Text, endOfMessage: true, default);

        (await big.WaitForCloseAsync()).ShouldBe((1009, "message-too-big"));
        (await text.WaitForCloseAsync()).ShouldBe((1003, "not-binary"));
    }

    [Fact]
    public async Task A_keeper_that_breaks_its_protocol_ends_the_console_as_failed()
    {
        await using var host = await GatewayHost.StartAsync();
        var (browser, machine) = await host.OpenAsync(console: "terminal");
        using var _ = browser;
        using var __ = machine;

        await machine.SendAsync(new byte[] { KeeperProtocol.Output, 0, 1, 0, 1 });

        (await browser.WaitForCloseAsync()).ShouldBe((1011, "console-failed"));
    }

    private static async Task ExpectAsync(MachineEnd machine, byte[] message)
    {
        var header = await machine.ReceiveAsync(KeeperProtocol.HeaderLength);
        header[0].ShouldBe(message[0]);
        BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1)).ShouldBe(message.Length - 1);
        (await machine.ReceiveAsync(message.Length - 1)).AsSpan().SequenceEqual(message.AsSpan(1)).ShouldBeTrue();
    }
}
