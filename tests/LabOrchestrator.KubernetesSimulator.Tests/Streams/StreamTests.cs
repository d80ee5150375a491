using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using LabOrchestrator.KubernetesSimulator.Tests.Controllers;

namespace LabOrchestrator.KubernetesSimulator.Tests.Streams;

public sealed class StreamTests
{
    private const string Pod = "/api/v1/namespaces/a/pods/p";
    private const string Instance = "/apis/subresources.kubevirt.io/v1/namespaces/a/virtualmachineinstances/web/";

    [Fact]
    public async Task A_command_is_a_real_process_with_input_output_and_exit_code()
    {
        await using var cluster = await WithPodAsync();
        using var socket = await cluster.OpenAsync(Pod + "/exec?command=sh&command=-c&command=cat%3B%20echo%20bad%20%3E%262%3B%20exit%203&stdin=true&stdout=true&stderr=true", "v5.channel.k8s.io", "v4.channel.k8s.io");
        socket.SubProtocol.ShouldBe("v5.channel.k8s.io");
        await SendAsync(socket, [0, .. "hello"u8]);
        await SendAsync(socket, [255, 0]);
        var channels = await ReadAllAsync(socket);
        (channels[1], channels[2]).ShouldBe(("hello", "bad\n"));
        channels[3].ShouldContain("\"reason\":\"ExitCode\",\"message\":\"3\"");
    }

    [Theory]
    [InlineData("%22plain%22%20%5Cn", "", "Failed executing the command", "2")]
    [InlineData("%5C%22plain%5C%22%20%5C%5Cn", "\"plain\" \\n\n", "", null)]
    public async Task A_probe_puts_the_words_of_a_command_into_JSON_as_they_are(string word, string output, string errors, string? code)
    {
        await using var cluster = await WithPodAsync(""","labels":{"kubevirt.io":"virt-launcher"}""");
        using var socket = await cluster.OpenAsync(
            Pod + $"/exec?command=/usr/bin/virt-probe&command=--command&command=printf&command=--timeoutSeconds&command=60&command=--&command=%25s&command={word}&stdout=true&stderr=true", "v5.channel.k8s.io");
        var channels = await ReadAllAsync(socket);
        channels[1].ShouldBe(output);
        channels[2].ShouldContain(errors);
        channels[3].ShouldContain(code is null ? "Success" : $"\"reason\":\"ExitCode\",\"message\":\"{code}\"");
    }

    [Fact]
    public async Task A_terminal_has_the_size_that_it_is_given()
    {
        await using var cluster = await WithPodAsync();
        using var socket = await cluster.OpenAsync(Pod + "/exec?command=sh&stdin=true&stdout=true&tty=true", "v4.channel.k8s.io");
        await SendAsync(socket, [4, .. """{"Width":111,"Height":44}"""u8]);
        await SendAsync(socket, [0, .. "tty; stty size; echo $HOSTNAME; exit 0\n"u8]);
        var channels = await ReadAllAsync(socket);
        channels[1].ShouldContain("/dev/pts/");
        channels[1].ShouldContain("44 111");
        channels[1].ShouldContain("p\r\n");
        channels[3].ShouldContain("Success");
    }

    [Fact]
    public async Task A_port_leads_to_a_real_listener()
    {
        await using var cluster = await WithPodAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await cluster.AdminAsync("PUT", "ports", $$"""{"pod":"p","port":80,"targetPort":{{((IPEndPoint)listener.LocalEndpoint).Port}}}""");
        using var socket = await cluster.OpenAsync(Pod + "/portforward?ports=80", "v4.channel.k8s.io");
        using var served = await listener.AcceptTcpClientAsync();
        await SendAsync(socket, [0, .. "ping"u8]);
        var buffer = new byte[4];
        await served.GetStream().ReadExactlyAsync(buffer);
        Encoding.ASCII.GetString(buffer).ShouldBe("ping");
        await served.GetStream().WriteAsync("pong"u8.ToArray());
        served.Close();
        (await ReadAllAsync(socket))[0].ShouldBe("P\0pong");
    }

    [Fact]
    public async Task A_port_where_nobody_listens_says_so_on_its_channel()
    {
        await using var cluster = await WithPodAsync();
        using var socket = await cluster.OpenAsync(Pod + "/portforward?ports=81", "v4.channel.k8s.io");
        (await ReadAllAsync(socket))[1].ShouldContain("connection refused");
    }

    [Fact]
    public async Task A_screen_answers_keys_and_a_second_viewer_ends_the_first()
    {
        await using var cluster = await WithMachineAsync();
        using var first = await cluster.OpenAsync(Instance + "vnc", "plain.kubevirt.io");
        await ShakeHandsAsync(first);
        var before = await PictureAsync(first, incremental: false);
        await SendAsync(first, [4, 1, 0, 0, 0, 0, 0, 97]);
        (await PictureAsync(first, incremental: true)).ShouldNotBe(before);
        await Should.ThrowAsync<WebSocketException>(() => cluster.OpenAsync(Instance + "vnc?preserveSession=true", "plain.kubevirt.io"));
        using var second = await cluster.OpenAsync(Instance + "vnc", "plain.kubevirt.io");
        await ShakeHandsAsync(second);
        await Should.ThrowAsync<WebSocketException>(async () => await first.ReceiveAsync(new byte[100], CancellationToken.None));
        var screenshot = await cluster.GetAsync(Instance + "vnc/screenshot");
        (screenshot.Code, screenshot.Body.Contains("PNG", StringComparison.Ordinal)).ShouldBe((200, true));
    }

    [Fact]
    public async Task A_serial_line_logs_in_and_echoes()
    {
        await using var cluster = await WithMachineAsync();
        using var line = await cluster.OpenAsync(Instance + "console", "plain.kubevirt.io");
        await line.SendAsync("ignored"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        await SendAsync(line, "\n"u8.ToArray());
        await ReadUntilAsync(line, "web login: ");
        await SendAsync(line, "student\nsecret\necho it works\n"u8.ToArray());
        await ReadUntilAsync(line, "\r\nit works\r\nstudent@web:~$ ");
    }

    [Fact]
    public async Task A_stream_can_go_on_while_there_is_no_other_connection()
    {
        await using var cluster = await WithMachineAsync();
        using var line = await cluster.OpenAsync(Instance + "console", "plain.kubevirt.io");

        await cluster.AdminAsync("PUT", "partition?keepsStreams=true");

        await Should.ThrowAsync<HttpRequestException>(() => cluster.GetAsync("/version"));
        await Should.ThrowAsync<WebSocketException>(() => cluster.OpenAsync(Instance + "vnc", "plain.kubevirt.io"));
        await SendAsync(line, "\n"u8.ToArray());
        await ReadUntilAsync(line, "web login: ");
        await cluster.AdminAsync("DELETE", "partition");
        (await cluster.GetAsync("/version")).Code.ShouldBe(200);
    }

    private static async Task<TestCluster> WithPodAsync(string metadata = "")
    {
        var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        await cluster.PostAsync("/api/v1/namespaces/a/pods", $$$"""{"metadata":{"name":"p"{{{metadata}}} },"spec":{"containers":[{"name":"c","image":"i:1"}]}}""");
        await cluster.EventuallyAsync(Pod, a => a.Text("status", "phase") == "Running");
        return cluster;
    }

    private static async Task<TestCluster> WithMachineAsync()
    {
        var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync("a");
        const string machine = "/apis/kubevirt.io/v1/namespaces/a/virtualmachines/web";
        await cluster.ApplyAsync(machine, MachineTests.Manifest("Always"));
        await cluster.EventuallyAsync(machine, a => a.Text("status", "printableStatus") == "Running");
        return cluster;
    }

    private static Task SendAsync(ClientWebSocket socket, byte[] message) => socket.SendAsync(message, WebSocketMessageType.Binary, true, CancellationToken.None);

    private static async Task<Dictionary<int, string>> ReadAllAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var channels = new Dictionary<int, string> { [0] = "", [1] = "", [2] = "", [3] = "" };
        var buffer = new byte[100_000];
        while (await socket.ReceiveAsync(buffer, patience.Token) is { MessageType: not WebSocketMessageType.Close } got)
        {
            channels[buffer[0]] += Encoding.UTF8.GetString(buffer, 1, got.Count - 1);
        }

        return channels;
    }

    private static async Task ReadUntilAsync(ClientWebSocket socket, string expected)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var seen = "";
        var buffer = new byte[10_000];
        while (!seen.EndsWith(expected, StringComparison.Ordinal))
        {
            seen += Encoding.UTF8.GetString(buffer, 0, (await socket.ReceiveAsync(buffer, patience.Token)).Count);
        }
    }

    private static async Task ShakeHandsAsync(ClientWebSocket socket)
    {
        Encoding.ASCII.GetString(await ReadAsync(socket, 12)).ShouldBe("RFB 003.008\n");
        await SendAsync(socket, "RFB 003.008\n"u8.ToArray());
        (await ReadAsync(socket, 2)).ShouldBe([1, 1]);
        await SendAsync(socket, [1]);
        (await ReadAsync(socket, 4)).ShouldBe([0, 0, 0, 0]);
        await SendAsync(socket, [1]);
        var start = await ReadAsync(socket, 24);
        await ReadAsync(socket, start[23]);
    }

    private static async Task<string> PictureAsync(ClientWebSocket socket, bool incremental)
    {
        await SendAsync(socket, [3, (byte)(incremental ? 1 : 0), 0, 0, 0, 0, 1, 64, 0, 200]);
        await ReadAsync(socket, 16);
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(await ReadAsync(socket, 320 * 200 * 4)));
    }

    private static async Task<byte[]> ReadAsync(ClientWebSocket socket, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var bytes = new byte[count];
        var at = 0;
        while (at < count)
        {
            at += (await socket.ReceiveAsync(bytes.AsMemory(at), patience.Token)).Count;
        }

        return bytes;
    }
}
