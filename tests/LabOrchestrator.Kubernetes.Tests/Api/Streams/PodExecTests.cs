using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Streams;

namespace LabOrchestrator.Kubernetes.Tests.Api.Streams;

public sealed class PodExecTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_tells_its_output_its_errors_and_its_exit_code()
    {
        await using var server = await WireServer.StartAsync(ExecServer.Speaking(ExecSession.V5, async pod =>
        {
            await pod.SayAsync(1, "");
            await pod.SayAsync(1, "hello ");
            await pod.SayAsync(2, "oh no");
            // One message in three frames: the channel's byte is only in the first.
            await pod.RawAsync([1], WebSocketMessageType.Binary, false);
            await pod.RawAsync("wor"u8.ToArray(), WebSocketMessageType.Binary, false);
            await pod.RawAsync("ld"u8.ToArray(), WebSocketMessageType.Binary, true);
            await pod.RawAsync("text counts for nothing"u8.ToArray(), WebSocketMessageType.Text, true);
            await pod.ExitAsync(42);
            await pod.CloseAsync();
        }));
        using var client = server.Client();

        var result = await client.RunAsync("n", "web", "machine", ["sh", "-c", "echo a & b"], default, 1000, Now);

        Encoding.UTF8.GetString(result.Output).ShouldBe("hello world");
        Encoding.UTF8.GetString(result.Errors).ShouldBe("oh no");
        result.ExitCode.ShouldBe(42);
        result.Truncated.ShouldBeFalse();
        var request = server.Requests.Single();
        request.ToString().ShouldBe("GET /api/v1/namespaces/n/pods/web/exec?command=sh&command=-c&command=echo%20a%20%26%20b&container=machine&stdout=true&stderr=true");
        request.Headers["Sec-WebSocket-Protocol"].Replace(" ", "", StringComparison.Ordinal).ShouldBe("v5.channel.k8s.io,v4.channel.k8s.io");
    }

    [Fact]
    public async Task Input_is_fed_and_ended_and_too_much_output_is_dropped()
    {
        await using var server = await WireServer.StartAsync(ExecServer.Speaking(ExecSession.V5, async pod =>
        {
            var heard = 0;
            while (await pod.HearAsync() is { } message && message.Channel == 0)
            {
                heard += message.Bytes.Length;
            }

            await pod.SayAsync(1, $"{heard} bytes");
            await pod.ExitAsync(0);
            await pod.CloseAsync();
        }));
        using var client = server.Client();

        var result = await client.RunAsync("n", "web", "machine", ["wc", "-c"], new byte[100_000], 4, Now);

        Encoding.UTF8.GetString(result.Output).ShouldBe("1000");
        result.Truncated.ShouldBeTrue();
        result.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task An_older_server_speaks_version_4_and_cannot_end_input()
    {
        await using var server = await WireServer.StartAsync(ExecServer.Speaking(ExecSession.V4, async pod =>
        {
            await pod.SayAsync(1, (await pod.HearAsync())!.Value.Bytes);
            Encoding.UTF8.GetString((await pod.HearAsync())!.Value.Bytes).ShouldBe("""{"Width":120,"Height":40}""");
            await pod.ExitAsync(0);
            await pod.CloseAsync();
        }));
        using var client = server.Client();
        await using var session = await client.ExecAsync("n", "web", new ExecOptions("machine", ["sh"]) { Terminal = true }, Now);
        var stream = session.AsStream();

        await stream.WriteAsync("echo"u8.ToArray(), Now);
        var buffer = new byte[10];
        (await stream.ReadAsync(buffer, Now)).ShouldBe(4);
        session.CanCompleteInput.ShouldBeFalse();
        await Should.ThrowAsync<NotSupportedException>(async () => await session.CompleteInputAsync(Now));
        await session.ResizeAsync(120, 40, Now);
        (await stream.ReadAsync(buffer, Now)).ShouldBe(0);
        session.ExitCode.ShouldBe(0);
        await Should.ThrowAsync<NotSupportedException>(() => client.RunAsync("n", "web", "machine", ["cat"], new byte[1], 10, Now));
    }

    [Fact]
    public async Task A_refused_exec_says_why_in_the_servers_words()
    {
        await using var server = await WireServer.StartAsync(c => c.StatusAsync(409, "Conflict", "pod web is not running"));
        using var client = server.Client();

        var error = await Should.ThrowAsync<ObjectConflictException>(() => client.ExecAsync("n", "web", new ExecOptions("machine", ["sh"]), Now));

        error.Message.ShouldBe("EXEC /api/v1/namespaces/n/pods/web/exec: pod web is not running");
    }

    [Fact]
    public async Task A_missing_program_and_a_broken_connection_are_no_exit_codes()
    {
        var calls = 0;
        await using var server = await WireServer.StartAsync(ExecServer.Speaking(ExecSession.V5, pod => Interlocked.Increment(ref calls) == 1
            ? pod.SayAsync(3, """{"kind":"Status","status":"Failure","reason":"InternalError","code":500,"message":"exec: \"nope\": executable file not found"}""")
            : pod.SayAsync(1, "half")));
        using var client = server.Client();

        (await Should.ThrowAsync<KubernetesException>(() => client.RunAsync("n", "web", "machine", ["nope"], default, 10, Now)))
            .Message.ShouldEndWith("""exec: "nope": executable file not found""");
        (await Should.ThrowAsync<IOException>(() => client.RunAsync("n", "web", "machine", ["cat"], default, 10, Now)))
            .Message.ShouldEndWith("the connection broke before the command ended.");
    }

    [Fact]
    public async Task Ten_mebibytes_go_both_ways_unchanged_while_terminal_sizes_are_sent()
    {
        await using var server = await WireServer.StartAsync(ExecServer.Speaking(ExecSession.V5, async pod =>
        {
            while (await pod.HearAsync() is { } message && message.Channel != 255)
            {
                if (message.Channel == 0)
                {
                    await pod.SayAsync(1, message.Bytes);
                }
            }

            await pod.ExitAsync(0);
            await pod.CloseAsync();
        }));
        using var client = server.Client();
        await using var session = await client.ExecAsync("n", "web", new ExecOptions("machine", ["cat"]), Now);
        var sent = RandomNumberGenerator.GetBytes(10 << 20);

        var reading = ReadAllAsync(session.AsStream());
        var resizing = Task.Run(async () =>
        {
            for (var i = 1; i < 200; i++)
            {
                await session.ResizeAsync(i, i, Now);
            }
        });
        await session.WriteAsync(sent, Now);
        await resizing;
        await session.CompleteInputAsync(Now);

        (await reading).AsSpan().SequenceEqual(sent).ShouldBeTrue();
        session.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Output_that_nobody_reads_holds_the_sender_back()
    {
        long said = 0;
        await using var server = await WireServer.StartAsync(ExecServer.Speaking(ExecSession.V5, async pod =>
        {
            while (said < 100 << 20)
            {
                await pod.SayAsync(1, new byte[32_000]);
                Interlocked.Add(ref said, 32_000);
            }
        }));
        using var client = server.Client();
        await using var session = await client.ExecAsync("n", "web", new ExecOptions("machine", ["yes"]), Now);

        // What it waits for to be read stays in the sockets.
        _ = await session.ReadAsync(Memory<byte>.Empty, Now);
        var before = -1L;
        while (Interlocked.Read(ref said) is var now && now != before)
        {
            before = now;
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Now);
        }

        before.ShouldBeLessThan(20 << 20);
    }

    internal static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Now);
        return all.ToArray();
    }
}
