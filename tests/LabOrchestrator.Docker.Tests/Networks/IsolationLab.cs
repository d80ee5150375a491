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
    /// <summary>Answers every TCP connection to port 7000 with <c>open</c>, and keeps datagrams to port 7001 in a file.</summary>
    protected const string Serve = "(while :; do echo open | nc -l -p 7000 -q 1; done) >/dev/null 2>&1 & (while :; do nc -u -l -p 7001 -W 1; done) >/tmp/datagrams 2>/dev/null & sleep 0.3";

    // Control: what is open on the host can be reached from a container that no lab is.
    internal async Task ListenersAreReachableElsewhereAsync(HostListeners host)
    {
        var task = new EngineTask(Engine.Engine, Engine.Names);
        var (code, output) = await task.RunAsync(
            "control",
            new ContainerCreation
            {
                Image = EngineFixture.Terminal.Reference,
                Entrypoint = ["bash", "-c", $"a=$(ip route show default | cut -d' ' -f3); exec 3<>/dev/tcp/$a/{host.TcpPort}; echo control >/dev/udp/$a/{host.UdpPort}"],
                Labels = EngineLabels.Shared(Engine.Installation, EngineRoles.Task),
            },
            Patient);
        code.ShouldBe(0, output);
        var patient = Patient;
        while (!host.Arrived.Contains("tcp") || !host.Arrived.Contains("control"))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patient);
        }
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
