using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>Brings container machines to what is wanted.</summary>
internal sealed class ContainerMachines(
    KubernetesClient client, ClusterView view, ObjectApplier objects, InstanceWait wait, Installation installation, KubernetesRuntimeOptions options)
{
    private const string LostDisk = "The cluster lost this machine and made it again; its disk is as in its image.";
    private static readonly TimeSpan EndPatience = TimeSpan.FromMinutes(2);

    public async Task BringAsync(ApplyScope scope, MachineSpec wanted, CancellationToken cancellationToken)
    {
        var found = view.Pods.TryGet(scope.Namespace, wanted.Name, out var pod) ? pod : null;
        var decision = PodDecisions.Decide(wanted, found);
        if (decision == PodDecision.Keep)
        {
            if (PodReading.Sight(found!).Phase == MachinePhase.Starting)
            {
                await RunsAsync(scope, wanted, new StageReport(scope.Progress, wanted.Name), cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        var report = new StageReport(scope.Progress, wanted.Name);
        report.Reach(MachineStage.Image);
        if (decision == PodDecision.PowerOn)
        {
            await PowerOnAsync(scope, wanted, found!, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            if (found is not null)
            {
                await EndAsync(scope, found, cancellationToken).ConfigureAwait(false);
            }

            await MakeAsync(scope, wanted, WasLost(wanted, found, decision), cancellationToken).ConfigureAwait(false);
        }

        await RunsAsync(scope, wanted, report, cancellationToken).ConfigureAwait(false);
    }

    // A digest tells that it ran before; nobody asked for a fresh disk, so there was another one.
    private static bool WasLost(MachineSpec wanted, Pod? found, PodDecision decision) =>
        decision == PodDecision.Create && wanted.ImageDigest is not null
        && (found is null ? wanted.ResetGeneration == 0 : PodReading.EndedWithItsNode(found));

    private async Task MakeAsync(ApplyScope scope, MachineSpec wanted, bool wasLost, CancellationToken cancellationToken)
    {
        var manifest = ContainerManifests.Pod(scope.Instance, wanted, scope.NameServer, installation, options);
        if (wasLost)
        {
            manifest["metadata"]!["annotations"]![ClusterLabels.Remark] = LostDisk;
        }

        await objects.ApplyAsync(Kinds.Pod, manifest, cancellationToken).ConfigureAwait(false);
    }

    private async Task PowerOnAsync(ApplyScope scope, MachineSpec wanted, Pod found, CancellationToken cancellationToken)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = found.Metadata.Uid,
                ["annotations"] = new JsonObject { [ClusterLabels.Power] = null, [ClusterLabels.BootGeneration] = $"{wanted.BootGeneration}" },
            },
            ["spec"] = new JsonObject { ["schedulingGates"] = null },
        };
        await client.MergePatchAsync(Kinds.Pod, scope.Namespace, wanted.Name, patch, WriteOptions.Default, cancellationToken).ConfigureAwait(false);
    }

    private async Task EndAsync(ApplyScope scope, Pod found, CancellationToken cancellationToken)
    {
        if (!found.IsDeleting)
        {
            await client.DeleteAsync(Kinds.Pod, scope.Namespace, found.Name, new DeleteOptions { Uid = found.Metadata.Uid }, cancellationToken).ConfigureAwait(false);
        }

        await wait.GoneAsync(
            scope.Id,
            () => view.Pods.TryGet(scope.Namespace, found.Name, out var still) && still.Metadata.Uid == found.Metadata.Uid,
            EndPatience,
            () => $"The pod of \"{found.Name}\" does not end{(found.Spec.NodeName is { } node ? $" on the node {node}" : "")}.",
            cancellationToken).ConfigureAwait(false);
    }

    private Task<bool> RunsAsync(ApplyScope scope, MachineSpec wanted, StageReport report, CancellationToken cancellationToken)
    {
        var patience = new StartPatience(wanted.Name, options);
        return wait.ForAsync(
            scope.Id,
            since =>
            {
                var found = view.Pods.TryGet(scope.Namespace, wanted.Name, out var pod) ? pod : null;
                if (found is null || PodReading.BootOf(found) < wanted.BootGeneration || PodReading.ResetOf(found) < wanted.ResetGeneration)
                {
                    return patience.Check(MachineSight.Starting(MachineStage.Image), since);
                }

                var sight = PodReading.Sight(found);
                if (sight.Phase == MachinePhase.PoweredOff)
                {
                    return wanted.PoweredOn ? patience.Check(MachineSight.Starting(MachineStage.Image), since) : Looked.At(true);
                }

                report.See(sight);
                return sight.Phase == MachinePhase.Starting ? patience.Check(sight, since) : Looked.At(true);
            },
            cancellationToken);
    }
}
