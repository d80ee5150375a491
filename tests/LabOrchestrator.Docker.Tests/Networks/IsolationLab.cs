using System.Globalization;
using System.Net;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>What attacks from containers and from VMs have in common.</summary>
public abstract class IsolationLab(EngineFixture engine) : EngineLab(engine)
{
    /// <summary>Where the machines of <see cref="ServeAsync"/> keep the datagrams.</summary>
    protected const string Datagrams = "/tmp/datagrams";

    // It goes to the background when both ports are open.
    private const string Server =
        """
        use IO::Socket::INET; use IO::Select; use POSIX;
        my $tcp = IO::Socket::INET->new(LocalPort => 7000, Listen => 99, ReuseAddr => 1) or die "tcp: $!";
        my $udp = IO::Socket::INET->new(LocalPort => 7001, Proto => "udp") or die "udp: $!";
        open my $kept, ">>", $ARGV[0] or die "$ARGV[0]: $!";
        $kept->autoflush(1);
        exit if fork;
        POSIX::setsid;
        open $_, "+<", "/dev/null" for \*STDIN, \*STDOUT, \*STDERR;
        $SIG{PIPE} = "IGNORE";
        my $ready = IO::Select->new($tcp, $udp);
        while (1) {
            for ($ready->can_read) {
                if ($_ == $tcp) { my $client = $tcp->accept or next; syswrite $client, "open\n" }
                else { $udp->recv(my $text, 65536); print $kept "$text\n" }
            }
        }
        """;

    /// <summary>Lets a container answer every TCP connection to port 7000 with <c>open</c>, and keep the datagrams to port 7001.</summary>
    protected Task ServeAsync(InstanceSpec spec, string machine) => RunAsync(spec, machine, ["perl", "-e", Server, Datagrams]);

    /// <summary>Control: what <see cref="ServeAsync"/> opened can be reached by another machine of the instance, which sends it a word.</summary>
    protected async Task ShouldBeReachedAsync(InstanceSpec spec, string machine, string by, string word)
    {
        var address = Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), machine).Addresses[0];
        (await EventuallyAsync(spec, by, $"nc -w 5 {address} 7000 </dev/null")).ShouldBe("open");
        await EventuallyAsync(spec, by, $"bash -c 'echo {word} >/dev/udp/{address}/7001'");
        await EventuallyAsync(spec, machine, $"grep -a {word} {Datagrams}");
    }

    // Control: what is open on the host can be reached from a container that no lab is. What was sent before has arrived then, or never will.
    internal async Task ListenersAreReachableElsewhereAsync(HostListeners host, string word = "control")
    {
        var connections = host.Arrived.Count(a => a == "tcp");
        var task = new EngineTask(Engine.Engine, Engine.Names);
        var (code, output) = await task.RunAsync(
            "control",
            new ContainerCreation
            {
                Image = EngineFixture.Terminal.Reference,
                Entrypoint = ["bash", "-c", $"a=$(ip route show default | cut -d' ' -f3); exec 3<>/dev/tcp/$a/{host.TcpPort}; echo {word} >/dev/udp/$a/{host.UdpPort}"],
                Labels = EngineLabels.Shared(Engine.Installation, EngineRoles.Task),
            },
            Patient);
        code.ShouldBe(0, output);
        var patient = Patient;
        while (host.Arrived.Count(a => a == "tcp") <= connections || !host.Arrived.Contains(word))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patient);
        }
    }

    /// <summary>Nothing has come to the host but what had before, and what is sent from elsewhere after all else.</summary>
    internal async Task NothingMoreArrivesAsync(HostListeners host, IReadOnlyCollection<string> before)
    {
        await ListenersAreReachableElsewhereAsync(host, "last");
        host.Arrived.Order().ShouldBe([.. before.Append("tcp").Append("last").Order()]);
    }

    /// <summary>Hardware address of the instance's bridge on the host.</summary>
    protected async Task<string> BridgeMacAsync(InstanceSpec spec) => (await File.ReadAllTextAsync(
        $"/sys/class/net/{Engine.Names.Bridge(spec.InstanceId, LabDefinition.DefaultNetwork)}/address", Patient)).Trim();

    /// <summary>The address that the host has by itself on the instance's bridge.</summary>
    protected string HostLinkLocal(InstanceSpec spec)
    {
        var bridge = Engine.Names.Bridge(spec.InstanceId, LabDefinition.DefaultNetwork);
        var line = File.ReadLines("/proc/net/if_inet6").SingleOrDefault(l => l.EndsWith(" " + bridge, StringComparison.Ordinal));
        Assert.SkipWhen(line is null, "The host has no IPv6.");
        return IPAddress.Parse(string.Join(':', line![..32].Chunk(4).Select(c => new string(c)))).ToString();
    }

    /// <summary>The link-local address that a card of that hardware address has.</summary>
    protected static string LinkLocalOf(string mac)
    {
        var b = mac.Split(':').Select(p => byte.Parse(p, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToArray();
        return new IPAddress([0xfe, 0x80, 0, 0, 0, 0, 0, 0, (byte)(b[0] ^ 2), b[1], b[2], 0xff, 0xfe, b[3], b[4], b[5]]).ToString();
    }
}
