using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using LabOrchestrator.Consoles.Pictures;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;

namespace LabOrchestrator.Consoles;

public sealed class ScreenPictureTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_picture_has_the_screens_size_and_colours()
    {
        using var screen = new InMemoryScreen("server");

        var png = await ScreenPicture.TakeAsync(screen.Attach(), TimeProvider.System, Now);

        BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)).ShouldBe(320);
        BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)).ShouldBe(200);
        var data = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(33));
        using var inflate = new ZLibStream(new MemoryStream(png, 41, data), CompressionMode.Decompress);
        using var rows = new MemoryStream();
        await inflate.CopyToAsync(rows, Now);
        var pixels = rows.ToArray();
        pixels.Length.ShouldBe(200 * (1 + (320 * 3)));
        pixels[1..4].ShouldBe([0x30, 0x50, 0x70]);
        pixels[^3..].ShouldBe([0x30, 0x50, 0x70]);

        // As zlib's own crc32 counts them: an empty last chunk always has the same.
        png[^12..].ShouldBe([0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82]);
    }

    [Theory]
    [InlineData(65_535, 65_535, "65535 by 65535")]
    [InlineData(0, 10, "0 by 10")]
    public async Task A_screen_that_states_an_absurd_size_is_refused(int width, int height, string words)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, width, height);
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Now);

        var refusal = await Should.ThrowAsync<ConsoleUnavailableException>(ScreenPicture.TakeAsync(client.GetStream(), TimeProvider.System, Now));

        refusal.Message.ShouldContain(words);
        await serving;
    }

    private static async Task ServeAsync(TcpListener listener, int width, int height)
    {
        using var viewer = await listener.AcceptTcpClientAsync(Now);
        var stream = viewer.GetStream();
        await stream.WriteAsync("RFB 003.008\n"u8.ToArray(), Now);
        await stream.ReadExactlyAsync(new byte[12], Now);
        await stream.WriteAsync((byte[])[1, 1], Now);
        await stream.ReadExactlyAsync(new byte[1], Now);
        await stream.WriteAsync(new byte[4], Now);
        await stream.ReadExactlyAsync(new byte[1], Now);
        var start = new byte[24];
        BinaryPrimitives.WriteUInt16BigEndian(start, (ushort)width);
        BinaryPrimitives.WriteUInt16BigEndian(start.AsSpan(2), (ushort)height);
        await stream.WriteAsync(start, Now);

        // What it sends on, until it gives up.
        await stream.CopyToAsync(Stream.Null, Now);
    }
}
