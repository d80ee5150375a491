using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.VirtualMachines;
using LabOrchestrator.Installations;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Removes everything of an instance. What is already gone is no error; what is not ours is never touched.</summary>
internal sealed class InstanceRemover(EngineClient engine, Installation installation, RunFolders folders)
{
    private const int MostTries = 5;

    public async Task RemoveAsync(long instanceId, CancellationToken cancellationToken)
    {
        var labels = EngineLabels.Of(installation, instanceId);
        var networks = engine.Networks.ListAsync(labels, cancellationToken);
        var volumes = engine.Volumes.ListAsync(labels, cancellationToken);
        var containers = await engine.Containers.ListAsync(labels, cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(containers.Select(c => engine.Containers.RemoveAsync(c.Id, cancellationToken))).ConfigureAwait(false);
        folders.Remove(instanceId);
        await Task.WhenAll(
        [
            .. (await networks.ConfigureAwait(false)).Select(n => InsistAsync(() => engine.Networks.RemoveAsync(n.Id, cancellationToken))),
            .. (await volumes.ConfigureAwait(false)).Select(v => InsistAsync(() => engine.Volumes.RemoveAsync(v.Name, cancellationToken))),
        ]).ConfigureAwait(false);
    }

    // A container that is being removed by another call still holds its network and volumes for a moment.
    private static async Task InsistAsync(Func<Task> remove)
    {
        for (var i = 1; ; i++)
        {
            try
            {
                await remove().ConfigureAwait(false);
                return;
            }
            catch (EngineException) when (i < MostTries)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 * i), TimeProvider.System).ConfigureAwait(false);
            }
        }
    }
}
