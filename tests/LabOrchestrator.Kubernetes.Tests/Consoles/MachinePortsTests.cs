using System.Net;
using System.Net.Sockets;
using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Consoles;

public sealed class MachinePortsTests(ClusterFixture cluster) : MachinePortsContract
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    protected override ILabRuntime Runtime => cluster.Runtime;

    protected override Image ContainerImage => ClusterFixture.Terminal;

    protected override Image? VmImage => ClusterFixture.TinyVm;

    protected override TimeSpan Patience => TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_port_of_a_VM_is_one_of_the_pod_that_it_runs_in()
    {
        var spec = Spec(VmMachine());
        await ApplyAsync(spec);
        await EchoAsync(spec, "server");
        await using var stream = await Ports.OpenPortAsync(spec.InstanceId, "server", Port, Patient);

        await stream.WriteAsync("hello"u8.ToArray(), Patient);

        var heard = new byte[5];
        await stream.ReadExactlyAsync(heard, Patient);
        heard.ShouldBe("hello"u8.ToArray());
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _listener.Dispose();
        await base.DisposeAsync();
    }

    protected override Task KillAsync(long instanceId, string machine) => cluster.KillAsync(instanceId, machine);

    // The program that stands for the helper's finds the listener by the address that the cluster gave to the machine.
    protected override async Task EchoAsync(InstanceSpec spec, string machine)
    {
        _listener.Start();
        _ = AnswerAsync();
        var address = Of(await Runtime.ObserveAsync(spec.InstanceId, Patient), machine).Addresses.Single();
        var folder = Directory.CreateDirectory(Path.Combine(cluster.Cluster.Settings.ProgramFolder!, "ports")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, $"{address}-{Port}"), $"{((IPEndPoint)_listener.LocalEndpoint).Port}\n");
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                _ = EchoAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private static async Task EchoAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            await stream.CopyToAsync(stream);
        }
    }
}
