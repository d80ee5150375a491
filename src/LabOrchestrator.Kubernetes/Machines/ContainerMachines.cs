using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>Brings container machines to what is wanted.</summary>
internal sealed class ContainerMachines(
    ClusterView view, MachinePods pods, ObjectApplier objects, InstanceWait wait, Installation installation, KubernetesRuntimeOptions options)
{
    private const int MostTries = 5;
    private static readonly TimeSpan EndPatience = TimeSpan.FromMinutes(2);

    // Three times what a node may take to ask.
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(15);

    public async Task BringAsync(ApplyScope scope, MachineSpec wanted, CancellationToken cancellationToken)
    {
        for (var tries = 1; !await TryAsync(scope, wanted, cancellationToken).ConfigureAwait(false); tries++)
        {
            if (tries == MostTries)
            {
                throw new RuntimeUnavailableException($"The pod of \"{wanted.Name}\" is removed again and again while it is waited for.");
            }
        }
    }

    // False: what was waited for is not there any more, and all begins again.
    private async Task<bool> TryAsync(ApplyScope scope, MachineSpec wanted, CancellationToken cancellationToken)
    {
        var found = Find(scope, wanted);
        var decision = PodDecisions.Decide(wanted, found);
        var report = new StageReport(scope.Progress, wanted.Name);
        if (decision == PodDecision.Keep)
        {
            return PodReading.Sight(found!).Phase != MachinePhase.Starting
                || await RunsAsync(scope, wanted, new Presence(found!.Metadata.Uid), report, cancellationToken).ConfigureAwait(false);
        }

        var uid = found?.Metadata.Uid;
        switch (decision)
        {
            case PodDecision.EndInPlace:
                await pods.PowerOffAsync(found!, cancellationToken).ConfigureAwait(false);
                await pods.NoteAsync(found!, new JsonObject { [ClusterLabels.Power] = ClusterLabels.Off }, cancellationToken).ConfigureAwait(false);
                break;
            case PodDecision.BootInPlace:
                report.Reach(MachineStage.Boot);
                await pods.BootAsync(found!, wanted.BootGeneration, cancellationToken).ConfigureAwait(false);
                await pods.NoteAsync(found!, Booted(wanted), cancellationToken).ConfigureAwait(false);
                break;
            default:
                if (wanted.PoweredOn)
                {
                    report.Reach(MachineStage.Place);
                }

                if (found is not null)
                {
                    await EndAsync(scope, found, cancellationToken).ConfigureAwait(false);
                }

                var wasLost = WasLost(scope.Instance.HasRun, wanted, found, decision);
                ThrowIfItEnds(scope, wanted, found, wasLost);
                uid = await MakeAsync(scope, wanted, wasLost, cancellationToken).ConfigureAwait(false);
                break;
        }

        return await RunsAsync(scope, wanted, new Presence(uid!), report, cancellationToken).ConfigureAwait(false);
    }

    private Pod? Find(ApplyScope scope, MachineSpec wanted) => view.Pods.TryGet(scope.Namespace, wanted.Name, out var pod) ? pod : null;

    private static JsonObject Booted(MachineSpec wanted) => new()
    {
        [ClusterLabels.Power] = null,
        [ClusterLabels.BootGeneration] = $"{wanted.BootGeneration}",
    };

    // A digest, if nothing else, tells that it ran before; nobody asked for a fresh disk, so there was another one.
    private static bool WasLost(bool hasRun, MachineSpec wanted, Pod? found, PodDecision decision) =>
        decision == PodDecision.Create && (hasRun || wanted.ImageDigest is not null)
        && (found is null ? !wanted.IsResetting : PodReading.EndedWithItsNode(found) || IsRemovedByOthers(wanted, found));

    // What we remove ourselves, we remove for the sake of a later boot or reset, or because it is to be off.
    private static bool IsRemovedByOthers(MachineSpec wanted, Pod found) => found.IsDeleting && wanted.PoweredOn
        && PodReading.BootOf(found) >= wanted.BootGeneration && PodReading.ResetOf(found) >= wanted.ResetGeneration;

    // A pod that is not there may also be gone because a restart was cut off between removing and making; one that boots in its pod is not.
    private void ThrowIfItEnds(ApplyScope scope, MachineSpec wanted, Pod? found, bool wasLost)
    {
        if (wasLost && scope.Instance is { HasRun: true, EndsOnLoss: true }
            && (found is not null || !wanted.IsRestarting || ContainerManifests.BootsInPlace(wanted, options)))
        {
            throw new MachineLostException(wanted.Name);
        }
    }

    private async Task<string> MakeAsync(ApplyScope scope, MachineSpec wanted, bool wasLost, CancellationToken cancellationToken)
    {
        var manifest = ContainerManifests.Pod(scope.Instance, wanted, scope.NameServer, installation, options);
        if (wasLost)
        {
            manifest["metadata"]!["annotations"]![ClusterLabels.Remark] = MachineWords.LostDisk;
        }

        foreach (var claim in VolumeManifests.ClaimsOf(scope.Instance, wanted, installation, options))
        {
            await ClaimAsync(claim, cancellationToken).ConfigureAwait(false);
        }

        if (LoginManifests.SecretOf(scope.Instance, wanted, installation) is { } logins)
        {
            await objects.ApplyAsync(logins, cancellationToken).ConfigureAwait(false);
        }

        return (await objects.ApplyAsync(Kinds.Pod, manifest, cancellationToken).ConfigureAwait(false)).Object.Metadata.Uid;
    }

    // One that is there has what was written; it is never described anew, and its storage class could not be changed.
    private async Task ClaimAsync(JsonObject claim, CancellationToken cancellationToken)
    {
        try
        {
            await objects.CreateAsync(Kinds.PersistentVolumeClaim, claim, cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectExistsException)
        {
            // It is kept.
        }
    }

    private async Task EndAsync(ApplyScope scope, Pod found, CancellationToken cancellationToken)
    {
        if (!found.IsDeleting)
        {
            await pods.DeleteAsync(found, cancellationToken).ConfigureAwait(false);
        }

        await wait.GoneAsync(
            scope.Id,
            () => view.Pods.TryGet(scope.Namespace, found.Name, out var still) && still.Metadata.Uid == found.Metadata.Uid,
            EndPatience,
            () => $"The pod of \"{found.Name}\" does not end{(found.Spec.NodeName is { } node ? $" on the node {node}" : "")}.",
            cancellationToken).ConfigureAwait(false);
    }

    private Task<bool> RunsAsync(
        ApplyScope scope, MachineSpec wanted, Presence presence, StageReport report, CancellationToken cancellationToken)
    {
        var patience = new StartPatience(wanted.Name, options);
        TimeSpan? ended = null;
        return wait.ForAsync(
            scope.Id,
            since =>
            {
                var found = Find(scope, wanted);
                if (!presence.Is(found))
                {
                    return presence.Missing(found, patience, since);
                }

                if (PodReading.IsOff(found) == wanted.PoweredOn
                    || PodReading.BootOf(found) < wanted.BootGeneration || PodReading.ResetOf(found) < wanted.ResetGeneration)
                {
                    return patience.Check<bool>(MachineSight.Starting(MachineStage.Place), since);
                }

                var sight = view.Words.Tell(PodReading.Sight(found), found);
                if (sight.Phase == MachinePhase.Failed && PodReading.IsHeld(found))
                {
                    // Its first process runs and was told to boot it; in a moment its node asks whether it did.
                    var left = ReadyPatience - (since - (ended ??= since));
                    return left > TimeSpan.Zero ? Looked.NotYet<bool>(left) : Looked.At(true);
                }

                if (wanted.PoweredOn)
                {
                    report.See(sight);
                }

                return sight.Phase == MachinePhase.Starting ? patience.Check<bool>(sight, since) : Looked.At(true);
            },
            cancellationToken);
    }
}
