using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests;

[Trait("Category", "Engine")]
public sealed class DockerLabRuntimeTests(EngineFixture engine) : LabRuntimeContract
{
    protected override ILabRuntime Runtime => engine.Runtime;

    protected override Image ContainerImage => EngineFixture.Terminal;

    protected override Image? VmImage => EngineFixture.TinyVm;

    protected override Task KillAsync(long instanceId, string machine) => engine.KillAsync(instanceId, machine);
}

[Trait("Category", "Engine")]
public sealed class DockerMachineConsolesTests(EngineFixture engine) : MachineConsolesContract
{
    protected override ILabRuntime Runtime => engine.Runtime;

    protected override Image ContainerImage => EngineFixture.Terminal;

    protected override Image? VmImage => EngineFixture.TinyVm;

    protected override bool? VmAgent => false;

    protected override Task KillAsync(long instanceId, string machine) => engine.KillAsync(instanceId, machine);
}

[Trait("Category", "Engine")]
public sealed class DockerMachineLossTests(EngineFixture engine) : MachineLossContract
{
    protected override ILabRuntime Runtime => engine.Runtime;

    protected override Image ContainerImage => EngineFixture.Terminal;

    protected override Image? VmImage => EngineFixture.TinyVm;

    protected override Task KillAsync(long instanceId, string machine) => engine.KillAsync(instanceId, machine);

    protected override async Task LoseAsync(long instanceId, string machine)
    {
        var containers = await engine.Engine.Containers.ListAsync(
            [.. EngineLabels.Of(engine.Installation, instanceId), $"{EngineLabels.Machine}={machine}"], Patient);
        await engine.Engine.Containers.RemoveAsync(containers.Single().Id, Patient);
    }
}

[Trait("Category", "Engine")]
public sealed class DockerMachineVolumesTests(EngineFixture engine) : MachineVolumesContract
{
    protected override ILabRuntime Runtime => engine.Runtime;

    protected override Image ContainerImage => EngineFixture.Terminal;

    protected override Image? VmImage => EngineFixture.TinyVm;

    protected override Task KillAsync(long instanceId, string machine) => engine.KillAsync(instanceId, machine);
}

[Trait("Category", "Engine")]
public sealed class DockerMachinePortsTests(EngineFixture engine) : MachinePortsContract
{
    protected override ILabRuntime Runtime => engine.Runtime;

    protected override Image ContainerImage => EngineFixture.Terminal;

    protected override Image? VmImage => EngineFixture.TinyVm;

    protected override Task KillAsync(long instanceId, string machine) => engine.KillAsync(instanceId, machine);

    protected override async Task EchoAsync(InstanceSpec spec, string machine)
    {
        const string server = "use IO::Socket; my $l = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 9, ReuseAddr => 1); "
            + "while (my $c = $l->accept) { next if fork; while (sysread($c, my $b, 65536)) { my $o = 0; while ($o < length $b) { $o += syswrite($c, $b, 65536, $o) } } exit }";
        await RunAsync(spec, machine, ["sh", "-c", $"perl -e '{server}' {Port} >/dev/null 2>&1 &"]);
        var patient = Patient;
        while ((await Commands.RunAsync(spec.InstanceId, machine, ["nc", "-z", "127.0.0.1", $"{Port}"], patient)).ExitCode != 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patient);
        }
    }

    [Fact]
    public async Task A_connection_that_we_close_leaves_no_process_in_the_helper()
    {
        var spec = Spec(ContainerMachine());
        await ApplyAsync(spec);
        await EchoAsync(spec, "box");
        var before = await ProcessesAsync(spec);
        for (var i = 0; i < 5; i++)
        {
            await using var stream = await Ports.OpenPortAsync(spec.InstanceId, "box", Port, Patient);
            (await ProcessesAsync(spec)).ShouldBeGreaterThan(before);
        }

        var patient = Patient;
        while (await ProcessesAsync(spec) > before)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patient);
        }
    }

    private async Task<int> ProcessesAsync(InstanceSpec spec) => int.Parse(
        (await engine.Engine.Execs.RunAsync(
            engine.Names.Helper(spec.InstanceId), new ExecCreation { Cmd = ["sh", "-c", "pgrep socat | wc -l"] }, default, 1024, Patient)).Output,
        System.Globalization.CultureInfo.InvariantCulture);
}

internal static class Killing
{
    /// <summary>Ends a machine's processes behind the runtime's back.</summary>
    public static async Task KillAsync(this EngineFixture fixture, long instanceId, string machine)
    {
        var containers = await fixture.Engine.Containers.ListAsync(EngineLabels.Of(fixture.Installation, instanceId), CancellationToken.None);
        var prefix = fixture.Names.InstancePrefix(instanceId);
        var container = containers.Single(c => MachineName.Parse(c.Name[prefix.Length..])?.Machine == machine);
        await fixture.Engine.Containers.StopAsync(container.Id, TimeSpan.Zero, CancellationToken.None);
    }
}
