using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>Keeps with an instance's namespace what of it was lost last, for its users, and tells the log.</summary>
internal sealed partial class LossRemarks(KubernetesClient client, ILogger logger)
{
    public async Task NoteAsync(InstanceSpec instance, Losses losses, CancellationToken cancellationToken)
    {
        if (losses.Sentence() is not { } sentence || sentence == losses.Noted)
        {
            return;
        }

        losses.Noted = sentence;
        LogLost(logger, instance.InstanceId, sentence);
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [ClusterLabels.Remark] = sentence } } };
        await client.MergePatchAsync(Kinds.Namespace, null, LabNamespace.NameOf(instance), patch, WriteOptions.Default, cancellationToken)
            .ConfigureAwait(false);
    }

    [LoggerMessage(3002, LogLevel.Warning, "Instance {InstanceId}: {Sentence}")]
    private static partial void LogLost(ILogger logger, long instanceId, string sentence);
}
