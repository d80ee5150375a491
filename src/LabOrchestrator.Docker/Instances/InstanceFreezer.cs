using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Docker.VirtualMachines;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Freezes the machines of an instance with their memory, and lets them go on.</summary>
internal sealed class InstanceFreezer(EngineClient engine, InstanceInventory inventory, GuestMonitor monitor)
{
    public Task PauseAsync(long instanceId, CancellationToken cancellationToken) => ForAllAsync(
        instanceId,
        machine => machine switch
        {
            { State.Status: not ContainerStates.Running } => Task.CompletedTask,

            // QEMU stays awake, so that the screen can still be seen.
            { IsVm: true } => monitor.PauseAsync(instanceId, machine.Name.Machine, cancellationToken),
            _ => engine.Containers.PauseAsync(machine.Id, cancellationToken),
        },
        cancellationToken);

    public Task ResumeAsync(long instanceId, CancellationToken cancellationToken) => ForAllAsync(
        instanceId,
        machine => machine switch
        {
            { State.Status: ContainerStates.Paused } => engine.Containers.UnpauseAsync(machine.Id, cancellationToken),
            { State.Status: ContainerStates.Running, IsVm: true } => monitor.ResumeAsync(instanceId, machine.Name.Machine, cancellationToken),
            _ => Task.CompletedTask,
        },
        cancellationToken);

    private async Task ForAllAsync(long instanceId, Func<FoundMachine, Task> change, CancellationToken cancellationToken)
    {
        var found = await inventory.ReadAsync(instanceId, cancellationToken).ConfigureAwait(false);
        if (found.CreatedAt is null)
        {
            throw new InstanceFailedException("Docker Engine holds nothing of this instance.");
        }

        await Task.WhenAll(found.Machines.Select(m => ChangeAsync(m, change))).ConfigureAwait(false);
    }

    private static async Task ChangeAsync(FoundMachine machine, Func<FoundMachine, Task> change)
    {
        try
        {
            await change(machine).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EngineException or ConsoleUnavailableException)
        {
            throw new InstanceFailedException($"The machine could not be paused or resumed: {e.Message}", machine.Name.Machine, e);
        }
    }
}
