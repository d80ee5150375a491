using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.Instances;

/// <summary>
/// Removes the containers of tasks that nobody waits for any more: those of a server that was killed, and those that could not be removed
/// because the engine was away.
/// </summary>
internal sealed partial class LeftTasks(EngineClient engine, EngineTask tasks, Installation installation, ILogger logger)
{
    private volatile bool _mayBeThere = true;

    /// <summary>Says that some may have been left; they are at the beginning.</summary>
    public void MayBeThere() => _mayBeThere = true;

    /// <summary>Removes those of this installation, if there may be any.</summary>
    /// <exception cref="RuntimeUnavailableException">The engine is away.</exception>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        if (!_mayBeThere)
        {
            return;
        }

        _mayBeThere = false;
        try
        {
            await RemoveAllAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e)
        {
            // They are in nobody's way: labs can be started all the same.
            LogNotRemoved(logger, e.Message);
        }
    }

    private async Task RemoveAllAsync(CancellationToken cancellationToken)
    {
        string[] ours = [EngineLabels.Of(installation), $"{EngineLabels.Role}={EngineRoles.Task}"];
        foreach (var container in await engine.Containers.ListAsync(ours, cancellationToken).ConfigureAwait(false))
        {
            if (!tasks.IsRunning(container.Name))
            {
                await engine.Containers.RemoveAsync(container.Id, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(2012, LogLevel.Warning, "Containers of tasks that were left behind could not be removed: {Reason}")]
    private static partial void LogNotRemoved(ILogger logger, string reason);
}
