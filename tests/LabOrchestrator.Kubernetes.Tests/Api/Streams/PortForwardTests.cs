using System.Security.Cryptography;
using LabOrchestrator.Kubernetes.Api.Streams;

namespace LabOrchestrator.Kubernetes.Tests.Api.Streams;

public sealed class PortForwardTests
{
    private static readonly byte[] Port = [0x90, 0x1F];

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_mebibytes_go_both_ways_unchanged()
    {
        const int Size = 10 << 20;
        await using var server = await WireServer.StartAsync(ExecServer.Speaking(ExecSession.V4, async node =>
        {
            await node.SayAsync(0, Port);
            await node.SayAsync(1, Port);
            for (var heard = 0; heard < Size;)
            {
                var message = (await node.HearAsync())!.Value;
                message.Channel.ShouldBe((byte)0);
                heard += message.Bytes.Length;
                await node.SayAsync(0, message.Bytes);
            }

            await node.CloseAsync();
        }));
        using var client = server.Client();
        await using var stream = await client.ForwardAsync("n", "helper", 8080, Now);
        var sent = RandomNumberGenerator.GetBytes(Size);

        var reading = PodExecTests.ReadAllAsync(stream);
        await stream.WriteAsync(sent, Now);

        (await reading).AsSpan().SequenceEqual(sent).ShouldBeTrue();
        server.Requests.Single().ToString().ShouldBe("GET /api/v1/namespaces/n/pods/helper/portforward?ports=8080");
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_told_in_the_nodes_words()
    {
        await using var server = await WireServer.StartAsync(ExecServer.Speaking(ExecSession.V4, async node =>
        {
            await node.SayAsync(1, Port);
            await node.SayAsync(0, Port);
            await node.SayAsync(1, "dial tcp4 127.0.0.1:8080: connect: connection refused");
            await node.HearAsync();
        }));
        using var client = server.Client();
        await using var stream = await client.ForwardAsync("n", "helper", 8080, Now);

        (await Should.ThrowAsync<IOException>(() => PodExecTests.ReadAllAsync(stream)))
            .Message.ShouldBe("PORT-FORWARD /api/v1/namespaces/n/pods/helper/portforward port 8080: dial tcp4 127.0.0.1:8080: connect: connection refused");
    }
}
