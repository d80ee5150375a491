using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>
/// Asks for the events of an instance while a pod of it takes long to come on without a reason in its status: one request for all its
/// pods, less and less often. A start that goes well takes none.
/// </summary>
internal sealed partial class SilentPods(KubernetesClient client, ClusterView view, ILogger logger)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>Does so while work goes on.</summary>
    public async Task WhileAsync(InstanceSpec instance, Task work, CancellationToken cancellationToken)
    {
        if (!work.IsCompleted)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var asking = AskAsync(instance.InstanceId, LabNamespace.NameOf(instance), ended.Token);
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ended.CancelAsync().ConfigureAwait(false);
            await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await work.ConfigureAwait(false);
    }

    private async Task AskAsync(long instanceId, string @namespace, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Look, client.Time);
        var since = new Dictionary<string, long>(StringComparer.Ordinal);
        var (asked, pause) = ((long?)null, Patience);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            var silent = view.Pods.In(@namespace).Where(PodWords.IsSilent).ToDictionary(p => p.Metadata.Uid, StringComparer.Ordinal);
            foreach (var gone in since.Keys.Except(silent.Keys).ToList())
            {
                since.Remove(gone);
            }

            foreach (var uid in silent.Keys)
            {
                since.TryAdd(uid, client.Time.GetTimestamp());
            }

            var isLong = since.Values.Any(at => client.Time.GetElapsedTime(at) >= Patience);
            if (!isLong || (asked is { } before && client.Time.GetElapsedTime(before) < pause))
            {
                continue;
            }

            pause = asked is null ? pause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
            asked = client.Time.GetTimestamp();
            await AskOnceAsync(instanceId, @namespace, silent, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AskOnceAsync(long instanceId, string @namespace, Dictionary<string, Pod> silent, CancellationToken cancellationToken)
    {
        try
        {
            var scope = new ObjectScope { Namespace = @namespace, FieldSelector = "type=Warning" };
            var events = await client.ListAsync(Kinds.Event, scope, cancellationToken).ConfigureAwait(false);
            var isNews = false;
            foreach (var told in events.Items.Where(e => e.Message.Length > 0).GroupBy(e => e.InvolvedObject.Uid))
            {
                if (silent.TryGetValue(told.Key, out var pod))
                {
                    // It has its node by now.
                    var last = told.Where(e => e.Reason != "FailedScheduling").MaxBy(e => (TimeOf(e), e.Reason == "FailedCreatePodSandBox"));
                    isNews |= last is not null && view.Words.Keep(pod, last.Message);
                }
            }

            if (isNews)
            {
                view.Signals.Changed(instanceId);
            }
        }
        catch (Exception e) when (e is KubernetesException or RuntimeUnavailableException)
        {
            LogUnknown(logger, instanceId, e.Message);
        }
    }

    private static DateTimeOffset TimeOf(Event told) => told.LastTimestamp ?? told.EventTime ?? told.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue;

    [LoggerMessage(3005, LogLevel.Information, "Why pods of instance {InstanceId} do not come on cannot be asked: {Reason}")]
    private static partial void LogUnknown(ILogger logger, long instanceId, string reason);
}
