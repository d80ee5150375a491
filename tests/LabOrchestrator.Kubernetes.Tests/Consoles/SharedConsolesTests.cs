using System.Buffers.Binary;
using System.IO.Compression;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Consoles;

/// <summary>A VM's one screen and one serial line for several people.</summary>
public sealed class SharedConsolesTests(ClusterFixture cluster) : ClusterLab(cluster)
{
    private const int Raw = 0;
    private const int Zrle = 16;

    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    [Fact]
    public async Task What_one_types_all_see_each_in_their_own_encoding()
    {
        var spec = Spec(VmMachine());
        await ApplyAsync(spec);
        await using var one = await ViewAsync(spec, Raw);
        await using var two = await ViewAsync(spec, Zrle);
        var (before, alsoBefore) = (await PictureAsync(one, Raw, everything: true), await PictureAsync(two, Zrle, everything: true));
        alsoBefore.ShouldBe(before);

        await one.WriteAsync(new byte[] { 4, 1, 0, 0, 0, 0, 0, (byte)'x' }, Patient);

        var after = await PictureAsync(one, Raw, everything: false, before);
        after.ShouldNotBe(before);
        (await PictureAsync(two, Zrle, everything: false, before)).ShouldBe(after);
    }

    [Fact]
    public async Task Another_viewer_throws_nobody_out_and_the_last_one_lets_go()
    {
        var spec = Spec(VmMachine());
        await ApplyAsync(spec);
        var one = await ViewAsync(spec, Raw);
        await using (await ViewAsync(spec, Raw))
        {
            await PictureAsync(one, Raw, everything: true);
        }

        await PictureAsync(one, Raw, everything: true);
        await one.DisposeAsync();
        await using var again = await ViewAsync(spec, Raw);
        await PictureAsync(again, Raw, everything: true);
    }

    [Fact]
    public async Task A_serial_line_shows_what_was_said_before_to_whoever_comes_later()
    {
        var spec = Spec(VmMachine());
        await ApplyAsync(spec);
        await using var one = await AttachAsync(spec, "server");
        await one.TypeAsync("\r", Patient);
        await one.ReadUntilAsync("login:", Patient);

        await using var two = await AttachAsync(spec, "server");
        await two.ReadUntilAsync("login:", Patient);
        two.Epoch.ShouldBe(one.Epoch);
        await two.TypeAsync("root\r", Patient);
        await one.ReadUntilAsync("Password:", Patient);
        await two.ReadUntilAsync("Password:", Patient);
    }

    [Fact]
    public async Task A_command_in_a_VM_goes_through_its_guest_agent()
    {
        var spec = Spec(VmMachine());
        await ApplyAsync(spec);

        await Api.Eventually.HoldsAsync(async () => await TryAsync(spec) is { ExitCode: 0 });
        (await Commands.RunAsync(spec.InstanceId, "server", ["sh", "-c", "echo inside; exit 3"], Patient)).ShouldBe(new CommandResult(3, "inside\n"));
    }

    [Fact]
    public async Task The_words_of_a_command_in_a_VM_may_be_any()
    {
        var spec = Spec(VmMachine());
        await ApplyAsync(spec);
        await Api.Eventually.HoldsAsync(async () => await TryAsync(spec) is { ExitCode: 0 });

        const string words = "\"quoted\" back\\slash\nnext 'line'";
        (await Commands.RunAsync(spec.InstanceId, "server", ["printf", "%s|%s", words, ""], Patient)).ShouldBe(new CommandResult(0, words + "|"));
        (await Should.ThrowAsync<ConsoleUnavailableException>(() => Commands.RunAsync(spec.InstanceId, "server", ["no-such-program"], Patient)))
            .Message.ShouldContain("did not run the command");
    }

    [Fact]
    public async Task A_command_in_a_VM_that_takes_too_long_is_given_up_and_said()
    {
        var spec = Spec(VmMachine());
        await ApplyAsync(spec);
        await Api.Eventually.HoldsAsync(async () => await TryAsync(spec) is { ExitCode: 0 });
        await using var hasty = Cluster.NewRuntime(Cluster.Installation, o => o.GuestCommandSeconds = 1);

        (await Should.ThrowAsync<ConsoleUnavailableException>(() => hasty.RunAsync(spec.InstanceId, "server", ["sleep", "300"], Patient)))
            .Message.ShouldContain("had not ended after 1 s");
    }

    private async Task<CommandResult?> TryAsync(InstanceSpec spec)
    {
        try
        {
            return await Commands.RunAsync(spec.InstanceId, "server", ["true"], Patient);
        }
        catch (ConsoleUnavailableException)
        {
            return null;
        }
    }

    private async Task<Stream> ViewAsync(InstanceSpec spec, int encoding)
    {
        var viewer = await Consoles.OpenAsync(spec.InstanceId, "server", Screen, Patient);
        await ReadAsync(viewer, 12);
        await viewer.WriteAsync("RFB 003.008\n"u8.ToArray(), Patient);
        (await ReadAsync(viewer, 2)).ShouldBe([1, 1]);
        await viewer.WriteAsync(new byte[] { 1 }, Patient);
        (await ReadAsync(viewer, 4)).ShouldBe([0, 0, 0, 0]);
        await viewer.WriteAsync(new byte[] { 1 }, Patient);
        var start = await ReadAsync(viewer, 24);
        await ReadAsync(viewer, BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(20)));
        await viewer.WriteAsync(new byte[] { 2, 0, 0, 1, 0, 0, 0, (byte)encoding }, Patient);
        return viewer;
    }

    private readonly Dictionary<Stream, (MemoryStream In, ZLibStream Out)> _inflaters = [];

    /// <summary>The picture as bytes blue, green, red of each pixel, after an update.</summary>
    private async Task<byte[]> PictureAsync(Stream viewer, int encoding, bool everything, byte[]? before = null)
    {
        const int width = 320;
        const int height = 200;
        var picture = before?.ToArray() ?? new byte[width * height * 3];
        await viewer.WriteAsync(new byte[] { 3, (byte)(everything ? 0 : 1), 0, 0, 0, 0, 1, 64, 0, 200 }, Patient);
        var head = await ReadAsync(viewer, 4);
        head[0].ShouldBe((byte)0);
        for (var left = BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)); left > 0; left--)
        {
            var r = await ReadAsync(viewer, 12);
            var (x, y, w, h) = (Number(r, 0), Number(r, 2), Number(r, 4), Number(r, 6));
            BinaryPrimitives.ReadInt32BigEndian(r.AsSpan(8)).ShouldBe(encoding);
            if (encoding == Raw)
            {
                var pixels = await ReadAsync(viewer, w * h * 4);
                for (var i = 0; i < w * h; i++)
                {
                    pixels.AsSpan(i * 4, 3).CopyTo(picture.AsSpan((((y + (i / w)) * width) + x + (i % w)) * 3));
                }

                continue;
            }

            var (feed, inflate) = _inflaters.TryGetValue(viewer, out var known) ? known : _inflaters[viewer] = New();
            var chunk = await ReadAsync(viewer, BinaryPrimitives.ReadInt32BigEndian(await ReadAsync(viewer, 4)));
            var at = feed.Position;
            feed.Seek(0, SeekOrigin.End);
            feed.Write(chunk);
            feed.Position = at;
            for (var tile = x; tile < x + w; tile += 64)
            {
                Tile(inflate, picture, width, (tile, y, Math.Min(64, x + w - tile), h));
            }
        }

        return picture;
    }

    private static (MemoryStream, ZLibStream) New()
    {
        var feed = new MemoryStream();
        return (feed, new ZLibStream(feed, CompressionMode.Decompress));
    }

    private static void Tile(ZLibStream from, byte[] picture, int width, (int X, int Y, int W, int H) area)
    {
        var kind = from.ReadByte();
        var pixels = new byte[kind == 1 ? 3 : area.W * area.H * 3];
        from.ReadExactly(pixels);
        for (var i = 0; i < area.W * area.H; i++)
        {
            pixels.AsSpan(kind == 1 ? 0 : i * 3, 3).CopyTo(picture.AsSpan((((area.Y + (i / area.W)) * width) + area.X + (i % area.W)) * 3));
        }
    }

    private static int Number(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));

    private async Task<byte[]> ReadAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, Patient);
        return bytes;
    }
}
