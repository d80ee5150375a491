using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using LabOrchestrator.Conformance;

namespace LabOrchestrator.Server.Tests.Images;

public sealed class ImageUploadTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const int PieceBytes = 700_000;

    [Fact]
    public async Task A_disk_sent_in_pieces_over_a_break_and_a_restart_becomes_an_image()
    {
        await using var own = await ServerFixture.StartAsync();
        using var admin = await own.AdminAsync();
        var disk = Disk(3 * PieceBytes);
        var address = await BeginAsync(admin, new
        {
            name = "Old Server",
            size = disk.Length,
            sha256 = Convert.ToHexStringLower(SHA256.HashData(disk)),
            description = "Found in a cellar",
            hardware = new { firmware = "uefi", tpm = true },
        });

        // The connection breaks in the midst of a piece.
        await Should.ThrowAsync<HttpRequestException>(() => SendAsync(admin, address, 0, new BreakingContent(disk, PieceBytes)));
        var offset = await OffsetAsync(admin, address);
        offset.ShouldBeInRange(1, PieceBytes);
        (await SendAsync(admin, address, (int)offset, new ByteArrayContent(disk[(int)offset..(2 * PieceBytes)])).StatusAsync()).ShouldBe(HttpStatusCode.NoContent);

        await own.RestartAsync();
        using var again = await own.AdminAsync();
        (await OffsetAsync(again, address)).ShouldBe(2 * PieceBytes);
        using (var wrong = await SendAsync(again, address, 0, new ByteArrayContent(disk)))
        {
            wrong.StatusCode.ShouldBe(HttpStatusCode.Conflict);
            wrong.Headers.GetValues("Upload-Offset").ShouldBe([$"{2 * PieceBytes}"]);
        }

        (await SendAsync(again, address, 2 * PieceBytes, new ByteArrayContent(disk[(2 * PieceBytes)..])).StatusAsync()).ShouldBe(HttpStatusCode.NoContent);

        var upload = await EndAsync(again, address);
        upload.GetProperty("state").GetString().ShouldBe("Ready", upload.ToString());
        upload.GetProperty("format").GetString().ShouldBe("Raw");
        var image = await again.GetAsync($"/api/v1/images/{upload.GetProperty("imageId").GetInt64()}").JsonAsync();
        image.GetProperty("name").GetString().ShouldBe("Old Server");
        image.GetProperty("reference").GetString().ShouldBe("lab-orchestrator-upload/old-server:1");
        image.GetProperty("hardware").GetProperty("firmware").GetString().ShouldBe("Uefi");
        image.GetProperty("hardware").GetProperty("tpm").GetBoolean().ShouldBeTrue();
        Directory.GetFiles(Path.Combine(own.Folder, "uploads")).ShouldBeEmpty("the bytes are not kept twice");
    }

    [Fact]
    public async Task The_next_upload_of_a_name_is_its_next_version()
    {
        using var admin = await server.AdminAsync();
        var disk = Disk(5000);
        var first = await UploadAsync(admin, "versions", disk);
        var second = await UploadAsync(admin, "versions", disk);

        second.GetProperty("reference").GetString().ShouldBe("lab-orchestrator-upload/versions:2");
        second.GetProperty("imageId").GetInt64().ShouldBe(first.GetProperty("imageId").GetInt64());
        var problem = await admin.PostAsJsonAsync("/api/v1/image-uploads", new { name = "Versions", version = "2", size = 5000 }).ProblemAsync(HttpStatusCode.Conflict);
        problem.GetProperty("detail").GetString()!.ShouldContain("lab-orchestrator-upload/versions:2");
    }

    [Fact]
    public async Task Bytes_that_are_not_those_that_were_announced_are_refused()
    {
        using var admin = await server.AdminAsync();
        var disk = Disk(5000);

        var upload = await UploadAsync(admin, "changed", disk, new string('0', 64));

        upload.GetProperty("state").GetString().ShouldBe("Failed");
        upload.GetProperty("reason").GetString()!.ShouldContain(Convert.ToHexStringLower(SHA256.HashData(disk)));
    }

    [Fact]
    public async Task A_file_is_known_by_its_content_and_named_when_it_is_no_disk()
    {
        using var admin = await server.AdminAsync();

        var upload = await UploadAsync(admin, "disk.qcow2", [.. "PK\x03\x04"u8, .. new byte[5000]]);

        upload.GetProperty("state").GetString().ShouldBe("Failed");
        upload.GetProperty("reason").GetString()!.ShouldContain("zip archive: unpack it");
        (await admin.GetAsync("/api/v1/images").JsonAsync()).EnumerateArray().ShouldNotContain(i => i.GetProperty("name").GetString() == "disk.qcow2");
    }

    [Fact]
    public async Task Who_goes_on_after_a_connection_died_silently_need_not_wait_for_it()
    {
        using var admin = await server.AdminAsync();
        var disk = Disk(2000);
        var address = await BeginAsync(admin, new { name = "silent", size = disk.Length });
        var silent = new SilentContent(disk, 1000);
        var hanging = SendAsync(admin, address, 0, silent);
        await Eventually.ShowsAsync(() => OffsetAsync(admin, address), offset => offset == 1000);

        (await SendAsync(admin, address, 1000, new ByteArrayContent(disk[1000..])).StatusAsync()).ShouldBe(HttpStatusCode.NoContent);

        silent.End();
        (await EndAsync(admin, address)).GetProperty("state").GetString().ShouldBe("Ready");
        try
        {
            (await hanging).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        }
        catch (HttpRequestException)
        {
            // Answered before all of it was sent.
        }
    }

    [Fact]
    public async Task What_cannot_be_stored_is_refused_before_it_is_sent()
    {
        await using var own = await ServerFixture.StartAsync(new Dictionary<string, string?> { ["Limits__MinimumFreeDiskBytes"] = $"{1L << 60}" });
        using var admin = await own.AdminAsync();

        var problem = await admin.PostAsJsonAsync("/api/v1/image-uploads", new { name = "large", size = 5000 }).ProblemAsync(HttpStatusCode.InsufficientStorage);

        problem.GetProperty("detail").GetString()!.ShouldContain("Make room");
    }

    [Fact]
    public async Task Only_who_may_change_images_uploads_them()
    {
        using var user = await server.UserAsync("author", "author", "teacher");
        using var admin = await server.AdminAsync();
        var address = await BeginAsync(admin, new { name = "not theirs", size = 10 });

        await user.Client.PostAsJsonAsync("/api/v1/image-uploads", new { name = "mine", size = 10 }).ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.GetAsync("/api/v1/image-uploads").ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.GetAsync(address).ProblemAsync(HttpStatusCode.Forbidden);
        await SendAsync(user.Client, address, 0, new ByteArrayContent([1])).ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.DeleteAsync(address).ProblemAsync(HttpStatusCode.Forbidden);
        (await admin.DeleteAsync(address).StatusAsync()).ShouldBe(HttpStatusCode.NoContent);
        await admin.GetAsync(address).ProblemAsync(HttpStatusCode.NotFound);
        File.Exists(Path.Combine(server.Folder, "uploads", $"{address.Split('/')[^1]}.upload")).ShouldBeFalse();
    }

    // With the mark of a boot sector.
    private static byte[] Disk(int length)
    {
        var disk = RandomNumberGenerator.GetBytes(length);
        (disk[0], disk[510], disk[511]) = (0xeb, 0x55, 0xaa);
        return disk;
    }

    private static async Task<JsonElement> UploadAsync(HttpClient admin, string name, byte[] disk, string? sha256 = null)
    {
        var address = await BeginAsync(admin, new { name, size = disk.Length, sha256 });
        (await SendAsync(admin, address, 0, new ByteArrayContent(disk)).StatusAsync()).ShouldBe(HttpStatusCode.NoContent);
        return await EndAsync(admin, address);
    }

    private static async Task<string> BeginAsync(HttpClient admin, object request)
    {
        using var answer = await admin.PostAsJsonAsync("/api/v1/image-uploads", request);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!.ToString();
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient admin, string address, int offset, HttpContent piece)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, address) { Content = piece };
        request.Headers.Add("Upload-Offset", $"{offset}");
        piece.Headers.ContentType = new("application/offset+octet-stream");
        return await admin.SendAsync(request);
    }

    private static async Task<long> OffsetAsync(HttpClient admin, string address)
    {
        using var answer = await admin.SendAsync(new HttpRequestMessage(HttpMethod.Head, address));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return long.Parse(answer.Headers.GetValues("Upload-Offset").Single(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Task<JsonElement> EndAsync(HttpClient admin, string address) => Eventually.ShowsAsync(
        () => admin.GetAsync(address).JsonAsync(), upload => upload.GetProperty("state").GetString() is "Ready" or "Failed");

    /// <summary>Says that it has all bytes, and breaks after some.</summary>
    private sealed class BreakingContent(byte[] bytes, int breaksAfter) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(0, breaksAfter));
            await stream.FlushAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            throw new IOException("The connection broke.");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }

    /// <summary>Sends some bytes and then nothing until it is told to end.</summary>
    private sealed class SilentContent(byte[] bytes, int silentAfter) : HttpContent
    {
        private readonly TaskCompletionSource _end = new();

        public void End() => _end.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(0, silentAfter));
            await stream.FlushAsync();
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
