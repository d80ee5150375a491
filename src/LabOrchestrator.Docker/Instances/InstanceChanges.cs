using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LabOrchestrator.Docker.VirtualMachines;

namespace LabOrchestrator.Docker.Instances;

/// <summary>All that changes instances: what the engine tells, and guest agents that connect.</summary>
internal sealed class InstanceChanges(EngineWatcher engine, AgentWatch agents)
{
    private const int MostAhead = 64;

    /// <summary>Yields an instance's identity when something of it changed, null when anything may have.</summary>
    public async IAsyncEnumerable<long?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var changes = Channel.CreateBounded<long?>(new BoundedChannelOptions(MostAhead) { FullMode = BoundedChannelFullMode.Wait });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pump = PumpAsync(changes.Writer, end.Token);
        try
        {
            await foreach (var id in changes.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return id;
            }
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
        }
    }

    private async Task PumpAsync(ChannelWriter<long?> changes, CancellationToken cancellationToken)
    {
        var fromAgents = Task.CompletedTask;
        try
        {
            await foreach (var id in engine.WatchAsync(cancellationToken).ConfigureAwait(false))
            {
                await changes.WriteAsync(id, cancellationToken).ConfigureAwait(false);

                // Not before the first, which says to look at everything.
                fromAgents = fromAgents.IsCompleted ? PumpAgentsAsync(changes, cancellationToken) : fromAgents;
            }

            changes.TryComplete();
        }
        catch (Exception e)
        {
            changes.TryComplete(e);
        }

        await fromAgents.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task PumpAgentsAsync(ChannelWriter<long?> changes, CancellationToken cancellationToken)
    {
        await foreach (var id in agents.ListenAsync(cancellationToken).ConfigureAwait(false))
        {
            await changes.WriteAsync(id, cancellationToken).ConfigureAwait(false);
        }
    }
}
