using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>What is done to the pod of a container machine once it is there.</summary>
internal sealed class MachinePods(KubernetesClient client)
{
    private const int MostOutput = 1024;

    /// <summary>Ends the machine in its pod, whose disk stays.</summary>
    public Task PowerOffAsync(Pod pod, CancellationToken cancellationToken) => AskAsync(pod, ["off"], cancellationToken);

    /// <summary>Boots the machine in its pod, once for each number.</summary>
    public Task BootAsync(Pod pod, int boot, CancellationToken cancellationToken) => AskAsync(pod, ["boot", $"{boot}"], cancellationToken);

    /// <summary>Notes something on the pod, if it is still this one.</summary>
    public Task NoteAsync(Pod pod, JsonObject annotations, CancellationToken cancellationToken) => PatchAsync(pod, annotations, cancellationToken);

    public Task DeleteAsync(Pod pod, CancellationToken cancellationToken) =>
        client.DeleteAsync(Kinds.Pod, pod.Namespace, pod.Name, new DeleteOptions { Uid = pod.Metadata.Uid }, cancellationToken);

    private Task<Pod> PatchAsync(Pod pod, JsonObject annotations, CancellationToken cancellationToken)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid, ["annotations"] = annotations } };
        return client.MergePatchAsync(Kinds.Pod, pod.Namespace, pod.Name, patch, WriteOptions.Default, cancellationToken);
    }

    private async Task AskAsync(Pod pod, string[] request, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.RunAsync(
                pod.Namespace,
                pod.Name,
                ContainerManifests.Container,
                [ContainerManifests.Keeper, "power", "--socket", ContainerManifests.MachineSocket, .. request],
                default,
                MostOutput,
                cancellationToken).ConfigureAwait(false);
            if (answer.ExitCode != 0)
            {
                throw new RuntimeUnavailableException(
                    $"The first process of \"{pod.Name}\" did not do \"{string.Join(' ', request)}\": {Encoding.UTF8.GetString([.. answer.Output, .. answer.Errors]).Trim()}");
            }
        }
        catch (IOException e)
        {
            throw new RuntimeUnavailableException($"The pod of \"{pod.Name}\" ended while it was asked: {e.Message}", e);
        }
    }
}
