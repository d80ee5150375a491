using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Deploy.Images;

/// <summary>The program of a cluster's helper in its image, beside a name server that knows too much.</summary>
[Trait("Category", "Engine")]
public sealed class HelperNamesTests : IAsyncLifetime
{
    private const string Image = "lab-orchestrator/helper:1";
    private const string Machine = "server.machines.labs-7-42.svc.cluster.local";
    private const int NoSuchName = 3;

    private static readonly string[] Known =
    [
        "--address=/example.org/1.2.3.4", $"--address=/{Machine}/10.1.2.3", "--address=/kubernetes.default.svc.cluster.local/10.96.0.1",
        "--address=/intranet.example.net/10.9.9.9", "--address=/nobody.left.lab/1.2.3.5", "--ptr-record=1.0.96.10.in-addr.arpa,kubernetes.default.svc.cluster.local",
    ];

    private readonly string _name = $"lab-deploy-test-{Guid.NewGuid().ToString("N")[..8]}";

    private string Cluster => $"{_name}-cluster";

    public async ValueTask InitializeAsync()
    {
        await Command.OutputAsync(RepositoryDocument.PathOf("images/build"), "helper");
        await Docker(["run", "--detach", "--name", Cluster, "--entrypoint", "dnsmasq", Image,
            "--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--user=", "--group=", .. Known]);
    }

    [Fact]
    public async Task Without_internet_there_are_the_machines_names_alone()
    {
        var port = await StartAsync(internet: false);

        (await AskAsync(port, Machine)).ShouldBe((0, "10.1.2.3"));
        (await AskAsync(port, "example.org")).ShouldBe((NoSuchName, null));
        (await AskAsync(port, "kubernetes.default.svc.cluster.local")).ShouldBe((NoSuchName, null));
    }

    [Fact]
    public async Task With_internet_there_are_those_of_outside_too_and_still_none_of_the_cluster()
    {
        var port = await StartAsync(internet: true);

        (await AskAsync(port, Machine)).ShouldBe((0, "10.1.2.3"));
        (await AskAsync(port, "example.org")).ShouldBe((0, "1.2.3.4"));
        (await AskAsync(port, "kubernetes.default.svc.cluster.local")).ShouldBe((NoSuchName, null));
        (await AskAsync(port, "other.labs-7-42.svc.cluster.local")).ShouldBe((NoSuchName, null));
        (await AskAsync(port, "nobody.left.lab")).ShouldBe((NoSuchName, null));
        (await AskAsync(port, "1.0.96.10.in-addr.arpa", type: 12)).ShouldBe((NoSuchName, null));
        var intranet = await AskAsync(port, "intranet.example.net");
        intranet.Code.ShouldBeOneOf(0, NoSuchName);
        intranet.Address.ShouldBeNull();
    }

    public async ValueTask DisposeAsync() => await Command.RunAsync("docker", "rm", "--force", _name, Cluster);

    private async Task<int> StartAsync(bool internet)
    {
        var instance = new InstanceSpec
        {
            InstanceId = 42,
            OwnerId = 7,
            NamespacePrefix = "labs",
            Networks = [new NetworkDefinition("lan") { Internet = internet }],
            Machines = [],
        };
        var command = HelperManifests.Pod(instance, new Installation("0123456789abcdef"), new KubernetesRuntimeOptions())["spec"]!["containers"]![0]!["command"]!
            .AsArray().Select(c => (string)c!).ToList();
        var address = await Docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", Cluster);
        await Docker(["run", "--detach", "--name", _name, "--dns", address, "--publish", "127.0.0.1::5353/udp", "--read-only",
            "--cap-drop", "ALL", "--user", "65534:65534", "--entrypoint", command[0], Image, .. command.Skip(1)]);
        var port = int.Parse((await Docker("port", _name, "5353/udp")).Split('\n')[0].Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture);
        await RunningServer.WaitAsync(
            async () => (await AskOnceAsync(port, Machine)).Code == 0, TimeSpan.FromMinutes(1), async () => (await Command.RunAsync("docker", "logs", _name)).Error);
        return port;
    }

    private static Task<string> Docker(params string[] arguments) => Command.OutputAsync("docker", arguments);

    /// <summary>The code of the answer, and its last address.</summary>
    private static async Task<(int Code, string? Address)> AskAsync(int port, string name, short type = 1)
    {
        (int Code, string? Address) answer = default;
        await RunningServer.WaitAsync(
            async () => (answer = await AskOnceAsync(port, name, type)).Code >= 0, TimeSpan.FromMinutes(1), () => Task.FromResult($"No answer for {name}."));
        return answer;
    }

    /// <summary>The same; -1 where no answer comes.</summary>
    private static async Task<(int Code, string? Address)> AskOnceAsync(int port, string name, short type = 1)
    {
        byte[] question =
        [
            0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. name.Split('.').SelectMany(l => Encoding.ASCII.GetBytes(l).Prepend((byte)l.Length)), 0, 0, (byte)type, 0, 1,
        ];
        using var socket = new UdpClient("127.0.0.1", port);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            await socket.SendAsync(question, patience.Token);
            var answer = (await socket.ReceiveAsync(patience.Token)).Buffer;
            var hasAddress = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(6)) > 0;
            return (answer[3] & 0xf, hasAddress ? new IPAddress(answer.AsSpan(answer.Length - 4)).ToString() : null);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            return (-1, null);
        }
    }
}
