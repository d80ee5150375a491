using LabOrchestrator.Runtimes;
using LabOrchestrator.Stores;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LabOrchestrator.Instances;

/// <summary>
/// Keeps the reconciler busy: workers that empty the queue, and for each runtime a watch that fills it and a look at its health. Comes
/// back to all live instances when a runtime was away, and every <see cref="FullLook"/>.
/// </summary>
internal sealed partial class ReconcileService(
    InstanceEngine engine, LabInstanceReconciler reconciler, InstanceSurvey survey, IOptions<AdmissionLimits> limits, TimeProvider time,
    ILogger<ReconcileService> logger) : BackgroundService
{
    private static readonly TimeSpan FullLook = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan HealthLook = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
    [
        .. Enumerable.Range(0, limits.Value.ParallelStarts).Select(_ => KeepAsync("worker", WorkAsync, stoppingToken)),
        .. engine.Runtimes.All.Select(r => KeepAsync($"watch of {r.Name}", token => WatchAsync(r, token), stoppingToken)),
        .. engine.Runtimes.All.Select(r => KeepAsync($"health of {r.Name}", token => HealthAsync(r, token), stoppingToken)),
        KeepAsync("full look", FullLookAsync, stoppingToken),
    ]);

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var id = await engine.Queue.TakeAsync(cancellationToken).ConfigureAwait(false);
            TimeSpan? again = RestartDelay;
            try
            {
                again = await reconciler.ReconcileAsync(id, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                engine.Queue.Done(id);
                if (again == TimeSpan.Zero)
                {
                    engine.Queue.Add(id);
                }
                else if (again is { } delay)
                {
                    engine.Queue.AddAfter(id, delay);
                }
            }
        }
    }

    private async Task WatchAsync(ILabRuntime runtime, CancellationToken cancellationToken)
    {
        await foreach (var id in runtime.WatchAsync(cancellationToken).ConfigureAwait(false))
        {
            if (id is { } changed)
            {
                engine.Queue.Add(changed);
            }
            else
            {
                engine.Health.Invalidate(runtime.Name);
                await survey.LookAsync(runtime, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task HealthAsync(ILabRuntime runtime, CancellationToken cancellationToken)
    {
        var wasReady = true;
        using var timer = new PeriodicTimer(HealthLook, time);
        do
        {
            var readiness = await engine.Health.CheckAsync(runtime.Name, cancellationToken).ConfigureAwait(false);
            if (!readiness.IsReady)
            {
                foreach (var instance in engine.Live.Of(runtime.Name))
                {
                    engine.Live.Change(instance.Id, s => s with { Reason = $"Waiting for the engine: {readiness.Reason}" });
                }
            }
            else if (!wasReady)
            {
                await survey.LookAsync(runtime, cancellationToken).ConfigureAwait(false);
            }

            wasReady = readiness.IsReady;
        }
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
    }

    private async Task FullLookAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(FullLook, time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var runtime in engine.Runtimes.All)
            {
                await survey.LookAsync(runtime, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Runs a loop until the host stops; whatever ends it before is said and it begins again.</summary>
    private async Task KeepAsync(string name, Func<CancellationToken, Task> loop, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await loop(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is RuntimeUnavailableException or StoreUnavailableException)
            {
                LogWaiting(logger, name, e.Message);
            }
            catch (Exception e)
            {
                LogEnded(logger, e, name);
            }

            try
            {
                await Task.Delay(RestartDelay, time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(111, LogLevel.Warning, "The {Loop} waits: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string loop, string reason);

    [LoggerMessage(112, LogLevel.Critical, "The {Loop} ended unexpectedly and begins again")]
    private static partial void LogEnded(ILogger logger, Exception exception, string loop);
}
