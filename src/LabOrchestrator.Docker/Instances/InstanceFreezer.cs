using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Freezes the machines of an instance with their memory, and lets them go on.</summary>
internal sealed class InstanceFreezer(EngineClient engine, InstanceInventory inventory)
{
    public Task PauseAsync(long instanceId, CancellationToken cancellationToken) =>
        ForAllAsync(instanceId, ContainerStates.Running, engine.Containers.PauseAsync, cancellationToken);

    public Task ResumeAsync(long instanceId, CancellationToken cancellationToken) =>
        ForAllAsync(instanceId, ContainerStates.Paused, engine.Containers.UnpauseAsync, cancellationToken);

    private async Task ForAllAsync(
        long instanceId, string state, Func<string, CancellationToken, Task> change, CancellationToken cancellationToken)
    {
        var found = await inventory.ReadAsync(instanceId, cancellationToken).ConfigureAwait(false);
        if (found.CreatedAt is null)
        {
            throw new InstanceFailedException("Docker Engine holds nothing of this instance.");
        }

        try
        {
            await Task.WhenAll(found.Machines.Where(m => m.State.Status == state).Select(m => change(m.Id, cancellationToken))).ConfigureAwait(false);
        }
        catch (EngineException e)
        {
            throw new InstanceFailedException($"The machines could not be frozen or woken: {e.Message}", null, e);
        }
    }
}
