using System.Buffers.Binary;
using System.Net.WebSockets;
using LabOrchestrator.Consoles;
using LabOrchestrator.Server.Gateway;

namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>What of a browser's RFB bytes reaches a machine, however they are cut.</summary>
public sealed class RfbInputTests
{
    private const int Raw = 0;
    private const int Tight = 7;
    private const int DesktopSize = -223;
    private const int QemuExtendedKey = -258;
    private const int ExtendedDesktopSize = -308;
    private const int ExtendedMouseButtons = -316;
    private const int ExtendedClipboard = unchecked((int)0xC0A1E5CE);

    private static readonly byte[] Version = [.. "RFB 003.008\n"u8];
    private static readonly byte[] Handshake = [.. Version, 1, 1];
    private static readonly byte[] PixelFormat = [0, .. new byte[3], 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0];
    private static readonly byte[] UpdateRequest = [3, 1, 0, 0, 0, 0, 4, 0, 3, 0];
    private static readonly byte[] ContinuousUpdates = [150, 1, 0, 0, 0, 0, 4, 0, 3, 0];
    private static readonly byte[] Fence = [248, 0, 0, 0, 0x80, 0, 0, 1, 5, 4, 6, 251, 5, 4];
    private static readonly byte[] Key = [4, 1, 0, 0, 0, 0, 0, 0x61];
    private static readonly byte[] Pointer = [5, 0xFF, 0, 10, 0, 20];
    private static readonly byte[] CutText = [6, 0, 0, 0, 0, 0, 0, 5, .. "rm *\n"u8];
    private static readonly byte[] ExtendedCutText = [6, 0, 0, 0, .. BigEndian(-7), 4, 4, 4, 5, 5, 3, 3];
    private static readonly byte[] PowerOff = [250, 0, 1, 2];
    private static readonly byte[] DesktopSizes = [251, 0, 4, 0, 3, 0, 2, 0, .. new byte[32]];
    private static readonly byte[] QemuKey = [255, 0, 0, 1, 0, 0, 0, 0x61, 0, 0, 0, 30];
    private static readonly byte[] QemuAudioOn = [255, 1, 0, 0];
    private static readonly byte[] QemuAudioFormat = [255, 1, 0, 2, 3, 2, 0, 0, 0xAC, 0x44];

    /// <summary>A watcher's stream and what must be left of it.</summary>
    private static readonly (byte[] Message, byte[]? Left)[] Watching =
    [
        ([.. Version, 1, 0], [.. Version, 1, 1]),
        (PixelFormat, PixelFormat),
        (Encodings(Tight, QemuExtendedKey, DesktopSize, ExtendedMouseButtons, ExtendedClipboard, ExtendedDesktopSize),
            Encodings(Tight, Tight, DesktopSize, DesktopSize, DesktopSize, ExtendedDesktopSize)),
        (UpdateRequest, UpdateRequest),
        (Key, null),
        (Encodings(), Encodings()),
        (Encodings(QemuExtendedKey, Tight), Encodings(Raw, Tight)),
        (Pointer, null),
        (Pointer, null),
        (CutText, null),
        (ContinuousUpdates, ContinuousUpdates),
        (ExtendedCutText, null),
        ([6, 0, 0, 0, 0, 0, 0, 0], null),
        (PowerOff, null),
        (Fence, Fence),
        ([248, 0, 0, 0, 0, 0, 0, 0, 0], [248, 0, 0, 0, 0, 0, 0, 0, 0]),
        (DesktopSizes, null),
        ([251, 0, 4, 0, 3, 0, 0, 0], null),
        (QemuKey, null),
        (QemuAudioOn, null),
        (QemuAudioFormat, null),
        (UpdateRequest, UpdateRequest),
    ];

    private static byte[] Sent => [.. Watching.SelectMany(m => m.Message)];

    private static byte[] Left => [.. Watching.SelectMany(m => m.Left ?? [])];

    [Fact]
    public void A_watcher_asks_for_pictures_and_nothing_else_in_one_piece() =>
        Run(ConsoleMode.View, Sent).ShouldBe(Left);

    [Fact]
    public void A_watcher_asks_for_pictures_and_nothing_else_cut_at_any_two_places()
    {
        var sent = Sent;
        var left = Left;
        for (var first = 0; first <= sent.Length; first++)
        {
            for (var second = first; second <= sent.Length; second++)
            {
                var got = Run(ConsoleMode.View, sent[..first], sent[first..second], sent[second..]);
                got.AsSpan().SequenceEqual(left).ShouldBeTrue($"cut at {first} and {second}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public void A_watcher_asks_for_pictures_and_nothing_else_in_crumbs(int size) =>
        Run(ConsoleMode.View, [.. Sent.Chunk(size)]).ShouldBe(Left);

    [Fact]
    public void Who_interacts_sends_everything_but_always_shares()
    {
        var expected = Sent;
        expected[13].ShouldBe((byte)0);
        expected[13] = 1;

        for (var cut = 0; cut <= expected.Length; cut++)
        {
            Run(ConsoleMode.Interact, Sent[..cut], Sent[cut..]).ShouldBe(expected);
        }
    }

    [Fact]
    public void Version_3_7_is_followed_too() =>
        Run(ConsoleMode.View, [.. "RFB 003.007\n"u8, 1, 0, .. Key, .. UpdateRequest])
            .ShouldBe([.. "RFB 003.007\n"u8, 1, 1, .. UpdateRequest]);

    [Fact]
    public void A_password_of_the_machine_is_passed_on_and_the_session_still_shared()
    {
        byte[] secret = [.. Enumerable.Repeat((byte)4, 16)];

        Run(ConsoleMode.View, [.. Version, 2, .. secret, 0, .. Key, .. UpdateRequest])
            .ShouldBe([.. Version, 2, .. secret, 1, .. UpdateRequest]);
    }

    [Fact]
    public void A_length_of_two_gibibytes_is_counted_not_overflowed()
    {
        var input = new RfbInput(ConsoleMode.View);
        Take(input, Handshake, out _);

        Take(input, [6, 0, 0, 0, .. BigEndian(int.MinValue)], out var refusal).ShouldBeEmpty();
        refusal.ShouldBeNull();
        Take(input, UpdateRequest, out refusal).ShouldBeEmpty();
        refusal.ShouldBeNull();
    }

    [Fact]
    public void A_message_that_is_not_known_ends_a_watchers_console()
    {
        byte[] known = [0, 2, 3, 4, 5, 6, 150, 248, 250, 251, 255];
        foreach (var type in Enumerable.Range(0, 256).Select(t => (byte)t).Except(known))
        {
            var input = new RfbInput(ConsoleMode.View);
            Take(input, [.. Handshake, .. UpdateRequest, type, 0, 0, 0], out var refusal);
            refusal.ShouldBe(ConsoleEnd.NotForWatching, $"type {type}");
        }
    }

    [Theory]
    [InlineData(ConsoleMode.View, "RFB 003.008\n\u0013", 1008)]
    [InlineData(ConsoleMode.View, "RFB 003.008\n\u0000", 1008)]
    [InlineData(ConsoleMode.View, "RFB 003.003\n", 1008)]
    [InlineData(ConsoleMode.View, "RFB 003.889\n", 1002)]
    [InlineData(ConsoleMode.Interact, "GET / HTTP/1.1\r\n", 1002)]
    [InlineData(ConsoleMode.Interact, "RFB 003.003\n", null)]
    [InlineData(ConsoleMode.Interact, "RFB 003.008\n\u0013", null)]
    public void A_handshake_that_cannot_be_followed_is_refused_to_watchers(ConsoleMode mode, string sent, int? code)
    {
        Take(new RfbInput(mode), System.Text.Encoding.Latin1.GetBytes(sent), out var refusal);

        ((int?)refusal?.Code).ShouldBe(code);
    }

    [Theory]
    [InlineData(255, 2)]
    [InlineData(255, 255)]
    public void A_qemu_message_that_is_not_known_ends_a_watchers_console(byte type, byte submessage)
    {
        var input = new RfbInput(ConsoleMode.View);
        Take(input, [.. Handshake, type, submessage, 0, 0, 0, 0], out var refusal);

        refusal.ShouldBe(ConsoleEnd.NotForWatching);
    }

    [Fact]
    public async Task The_gateway_drops_a_watchers_keys_and_passes_everybody_elses()
    {
        await using var host = await GatewayHost.StartAsync();
        var (watcher, watched) = await host.OpenAsync(ConsoleMode.View);
        var (typist, typed) = await host.OpenAsync();
        using var _ = watcher;
        using var __ = typist;

        foreach (var browser in new[] { watcher, typist })
        {
            await browser.SendAsync(Version);
            await browser.SendAsync(new byte[] { 1 });
            await browser.SendAsync(new byte[] { 0 });
            await browser.SendAsync(Key);
            await browser.SendAsync(UpdateRequest);
        }

        (await watched.ReceiveAsync(Handshake.Length + UpdateRequest.Length)).ShouldBe([.. Handshake, .. UpdateRequest]);
        (await typed.ReceiveAsync(Handshake.Length + Key.Length)).ShouldBe([.. Handshake, .. Key]);
        await watcher.SendAsync(new byte[] { 99 });
        (await watcher.WaitForCloseAsync()).ShouldBe((1008, "not-for-watching"));
        typist.State.ShouldBe(WebSocketState.Open);
    }

    private static byte[] Run(ConsoleMode mode, params byte[][] pieces)
    {
        var input = new RfbInput(mode);
        var left = new List<byte>();
        foreach (var piece in pieces)
        {
            left.AddRange(Take(input, piece, out var refusal));
            refusal.ShouldBeNull();
        }

        return [.. left];
    }

    private static byte[] Take(RfbInput input, byte[] piece, out ConsoleEnd? refusal)
    {
        byte[] buffer = [.. new byte[input.RoomBefore], .. piece];
        var part = input.Take(buffer, out refusal);
        return buffer[part];
    }

    private static byte[] Encodings(params int[] encodings) =>
        [2, 0, (byte)(encodings.Length >> 8), (byte)encodings.Length, .. encodings.SelectMany(BigEndian)];

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
