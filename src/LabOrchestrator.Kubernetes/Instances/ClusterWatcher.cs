using System.Runtime.CompilerServices;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>Tells which instances change on the cluster, across its absences.</summary>
internal sealed partial class ClusterWatcher(ClusterView view, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Yields an instance's identity when something of it changed, null when anything may have.</summary>
    public async IAsyncEnumerable<long?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var changes = view.Signals.Listen();
        await StartAsync(cancellationToken).ConfigureAwait(false);
        yield return null;
        while (true)
        {
            foreach (var change in await changes.TakeAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return change;
            }
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await view.ReadyAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (RuntimeUnavailableException e)
            {
                LogAway(logger, e.Message);
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(3001, LogLevel.Warning, "The cluster cannot be watched: {Reason}")]
    private static partial void LogAway(ILogger logger, string reason);
}
