using LabOrchestrator.Conformance.Runtimes;
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

    protected override Task KillAsync(long instanceId, string machine) => engine.KillAsync(instanceId, machine);
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
