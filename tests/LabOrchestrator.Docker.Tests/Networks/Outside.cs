using System.Collections.Immutable;
using System.Net.Sockets;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>
/// A machine beyond the host that no lab is, with addresses as the internet has them and a private one. It answers TCP at
/// <see cref="Port"/> with <c>open</c>, and knows the names <see cref="Name"/> and <see cref="PrivateName"/>.
/// </summary>
public sealed class Outside(EngineFixture engine) : IAsyncLifetime
{
    /// <summary>The port at which it answers.</summary>
    public const int Port = 7000;

    /// <summary>The name of its public address, known to itself only.</summary>
    public const string Name = "outside.example.net";

    /// <summary>The name of its private address.</summary>
    public const string PrivateName = "intranet.example.net";

    /// <summary>The name of an address that IPv6 has for everybody.</summary>
    public const string Ipv6Name = "six.example.net";

    /// <summary>Names of IPv6 addresses that companies and hosts have for themselves.</summary>
    public static readonly ImmutableArray<(string Name, string Address)> PrivateIpv6 =
    [
        ("local.example.net", "fd12:3456:789a::1"), ("link.example.net", "fe80::1234"), ("site.example.net", "fec0::1"), ("self.example.net", "::1"),
        ("mapped.example.net", "::ffff:192.168.7.1"), ("translated.example.net", "64:ff9b::a01:203"), ("group.example.net", "ff02::1"),
    ];

    /// <summary>Where <see cref="Sites"/> is.</summary>
    public const string Site = "203.0.113.0/24";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private string _container = "";

    /// <summary>What it has as the internet has them.</summary>
    public string Public { get; private set; } = "";

    /// <summary>The host's address in the same network.</summary>
    public string HostsPublic { get; private set; } = "";

    /// <summary>A public one too, such as belongs to whose site the host is at.</summary>
    public string Sites { get; private set; } = "";

    /// <summary>What it has as companies have them.</summary>
    public string Private { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var (open, site, closed) = (Free("198.51.100.0/24"), Free(Site), Free("192.168.0.0/16"));
        (HostsPublic, Public, Private) = (Ipv4Subnet.Format(open.First + 1), Ipv4Subnet.Format(open.First + 2), Ipv4Subnet.Format(closed.First + 2));
        Sites = Ipv4Subnet.Format(site.First + 2);
        var label = EngineLabels.Of(engine.Installation);
        var serve = $"until ip -4 addr show dev card | grep -q inet; do sleep 0.1; done; "
            + $"dnsmasq --no-resolv --no-hosts --user=root --pid-file= --address=/{Name}/{Public} --address=/{PrivateName}/{Private} "
            + $"--address=/{Ipv6Name}/2001:db8::1 {string.Join(' ', PrivateIpv6.Select(n => $"--address=/{n.Name}/{n.Address}"))} & "
            + $"exec socat TCP-LISTEN:{Port},fork,reuseaddr SYSTEM:'echo open'";
        _container = await DockerProgram.RunAsync(
            "run", "--detach", "--label", label, "--network", "none", "--entrypoint", "sh", engine.Options.HelperImage, "-c", serve);
        var process = await DockerProgram.RunAsync("inspect", "--format", "{{.State.Pid}}", _container);
        var card = "out" + Guid.NewGuid().ToString("N")[..8];
        await DockerProgram.RunAsync(
            "run", "--rm", "--label", label, "--network", "host", "--pid", "host", "--cap-drop", "ALL", "--cap-add", "NET_ADMIN", "--entrypoint", "sh", engine.Options.LauncherImage,
            "-ec", $"ip link add {card} type veth peer name card netns {process}; ip addr add {HostsPublic}/30 dev {card}; ip addr add {Ipv4Subnet.Format(site.First + 1)}/30 dev {card}; ip addr add {Ipv4Subnet.Format(closed.First + 1)}/30 dev {card}; ip link set {card} up");
        await DockerProgram.RunAsync(
            "run", "--rm", "--label", label, "--network", "container:" + _container, "--cap-drop", "ALL", "--cap-add", "NET_ADMIN", "--entrypoint", "sh", engine.Options.LauncherImage,
            "-ec", $"ip link set card up; ip addr add {Private}/30 dev card; ip addr add {Sites}/30 dev card; ip addr add {Public}/30 dev card");
        await ShouldAnswerAsync(Public);
        await ShouldAnswerAsync(Sites);
        await ShouldAnswerAsync(Private);
    }

    public async ValueTask DisposeAsync()
    {
        if (_container.Length > 0)
        {
            // Its card on the host goes with it.
            await DockerProgram.RunAsync("rm", "--force", _container);
        }
    }

    // A part of a range that the host routes nowhere.
    private static Ipv4Subnet Free(string range)
    {
        var (all, used) = (Ipv4Subnet.Parse(range), HostRoutes.Read());
        while (true)
        {
            var candidate = new Ipv4Subnet(all.First + ((uint)Random.Shared.NextInt64(all.Size / 4) * 4), 30);
            if (!used.Any(candidate.Overlaps))
            {
                return candidate;
            }
        }
    }

    // Control: the host reaches all addresses, so whoever does not was kept from them.
    private static async Task ShouldAnswerAsync(string address)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(address, Port, patience.Token);
                using var reader = new StreamReader(client.GetStream());
                (await reader.ReadToEndAsync(patience.Token)).ShouldBe("open\n");
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
            }
        }
    }
}
