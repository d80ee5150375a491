using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Runtimes.InMemory;

namespace LabOrchestrator.Tests.Runtimes;

public sealed class InMemoryLabRuntimeTests : LabRuntimeContract
{
    private readonly InMemoryLabRuntime _runtime = new(TimeProvider.System);

    protected override ILabRuntime Runtime => _runtime;

    protected override Image ContainerImage => InMemoryImages.Container;

    protected override Image? VmImage => InMemoryImages.Vm;

    protected override Task KillAsync(long instanceId, string machine) => InMemoryImages.KillAsync(_runtime, instanceId, machine);

    protected override IReadOnlyList<string> WriteFile(string name, string text) => ["write", name, text];

    protected override IReadOnlyList<string> ReadFile(string name) => ["read", name];
}

public sealed class InMemoryConsolesTests : MachineConsolesContract
{
    private readonly InMemoryLabRuntime _runtime = new(TimeProvider.System);

    protected override ILabRuntime Runtime => _runtime;

    protected override Image ContainerImage => InMemoryImages.Container;

    protected override Image? VmImage => InMemoryImages.Vm;

    protected override bool? VmAgent => null;

    protected override Task KillAsync(long instanceId, string machine) => InMemoryImages.KillAsync(_runtime, instanceId, machine);
}

public sealed class InMemoryLossTests : MachineLossContract
{
    private readonly InMemoryLabRuntime _runtime = new(TimeProvider.System);

    protected override ILabRuntime Runtime => _runtime;

    protected override Image ContainerImage => InMemoryImages.Container;

    protected override Image? VmImage => InMemoryImages.Vm;

    protected override Task KillAsync(long instanceId, string machine) => InMemoryImages.KillAsync(_runtime, instanceId, machine);

    protected override IReadOnlyList<string> WriteFile(string name, string text) => ["write", name, text];

    protected override IReadOnlyList<string> ReadFile(string name) => ["read", name];

    protected override Task LoseAsync(long instanceId, string machine)
    {
        _runtime.Lose(instanceId, machine);
        return Task.CompletedTask;
    }
}

public sealed class InMemoryVolumesTests : MachineVolumesContract
{
    private readonly InMemoryLabRuntime _runtime = new(TimeProvider.System);

    protected override ILabRuntime Runtime => _runtime;

    protected override Image ContainerImage => InMemoryImages.Container;

    protected override Image? VmImage => InMemoryImages.Vm;

    protected override Task KillAsync(long instanceId, string machine) => InMemoryImages.KillAsync(_runtime, instanceId, machine);

    protected override IReadOnlyList<string> WriteFile(string name, string text) => ["write", name, text];

    protected override IReadOnlyList<string> ReadFile(string name) => ["read", name];
}

public sealed class InMemoryPortsTests : MachinePortsContract
{
    private readonly InMemoryLabRuntime _runtime = new(TimeProvider.System);

    protected override ILabRuntime Runtime => _runtime;

    protected override Image ContainerImage => InMemoryImages.Container;

    protected override Image? VmImage => InMemoryImages.Vm;

    protected override Task KillAsync(long instanceId, string machine) => InMemoryImages.KillAsync(_runtime, instanceId, machine);

    protected override Task EchoAsync(InstanceSpec spec, string machine)
    {
        _runtime.Ports.Listen(machine, Port, token =>
        {
            var pipe = new DuplexPipe();
            var echo = pipe.FromClient.CopyToAsync(pipe.ToClient, token);
            return Task.FromResult(echo.IsFaulted ? Stream.Null : pipe.Client);
        });
        return Task.CompletedTask;
    }
}

internal static class InMemoryImages
{
    public static Image Container { get; } = new(1, "terminal", "lab-orchestrator/terminal:1", ImageKind.Container, "A shell");

    public static Image Vm { get; } = new(2, "tiny-vm", "lab-orchestrator/tiny-vm:1", ImageKind.Vm, "A VM");

    public static Task KillAsync(InMemoryLabRuntime runtime, long instanceId, string machine)
    {
        runtime.Kill(instanceId, machine, "The machine ended with exit code 137.");
        return Task.CompletedTask;
    }
}
