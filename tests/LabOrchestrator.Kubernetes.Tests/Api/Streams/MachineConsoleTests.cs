using System.Net.WebSockets;
using System.Text;
using LabOrchestrator.Kubernetes.Api.Errors;

namespace LabOrchestrator.Kubernetes.Tests.Api.Streams;

public sealed class MachineConsoleTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_screen_is_its_bytes_whatever_the_messages_are()
    {
        await using var server = await WireServer.StartAsync(ExecServer.Speaking("plain.kubevirt.io", async peer =>
        {
            await peer.RawAsync("RFB 0"u8.ToArray(), WebSocketMessageType.Binary, true);
            await peer.RawAsync([], WebSocketMessageType.Binary, true);
            await peer.RawAsync("lost"u8.ToArray(), WebSocketMessageType.Text, true);
            await peer.RawAsync("03.008\n"u8.ToArray(), WebSocketMessageType.Binary, true);
            Encoding.ASCII.GetString(await peer.HearRawAsync()).ShouldBe("RFB 003.008\n");
            await peer.CloseAsync();
        }));
        using var client = server.Client();
        await using var screen = await client.OpenVncAsync("n", "web", preserveSession: true, Now);

        (await screen.ReadAsync(Memory<byte>.Empty, Now)).ShouldBe(0);
        var greeting = new byte[12];
        await screen.ReadExactlyAsync(greeting, Now);
        Encoding.ASCII.GetString(greeting).ShouldBe("RFB 003.008\n");
        await screen.WriteAsync(greeting, Now);
        (await screen.ReadAsync(greeting, Now)).ShouldBe(0);
        screen.EndedAbruptly.ShouldBeFalse();
        server.Requests.Single().ToString().ShouldBe("GET /apis/subresources.kubevirt.io/v1/namespaces/n/virtualmachineinstances/web/vnc?preserveSession=true");
    }

    [Fact]
    public async Task Who_is_thrown_out_of_a_serial_line_sees_its_end()
    {
        await using var server = await WireServer.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync("plain.kubevirt.io");
            await socket.SendAsync("login: "u8.ToArray(), WebSocketMessageType.Binary, true, Now);
            await socket.ReceiveAsync(new byte[10], Now);
            context.Abort();
        });
        using var client = server.Client();
        await using var line = await client.OpenSerialAsync("n", "web", Now);

        await line.ReadExactlyAsync(new byte[7], Now);
        await line.WriteAsync("x"u8.ToArray(), Now);
        (await line.ReadAsync(new byte[100], Now)).ShouldBe(0);
        line.EndedAbruptly.ShouldBeTrue();
        await Should.ThrowAsync<IOException>(async () => await line.WriteAsync("x"u8.ToArray(), Now));
    }

    [Fact]
    public async Task A_machine_without_a_screen_says_so_in_text()
    {
        await using var server = await WireServer.StartAsync(context =>
        {
            context.Response.StatusCode = 400;
            return context.Response.Body.WriteAsync("No graphics devices are present."u8.ToArray(), Now).AsTask();
        });
        using var client = server.Client();

        (await Should.ThrowAsync<KubernetesException>(() => client.OpenVncAsync("n", "web", false, Now)))
            .Message.ShouldBe("OPEN /apis/subresources.kubevirt.io/v1/namespaces/n/virtualmachineinstances/web/vnc: No graphics devices are present.");
    }
}
