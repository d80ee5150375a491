using System.Globalization;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>Reads what a pod's status says of its machine.</summary>
internal static class PodReading
{
    private static readonly string[] PullTrouble =
        ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable", "ImageInspectError"];

    private static readonly string[] CreateTrouble = ["CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff"];

    private static readonly string[] LastingWords =
        ["not found", "denied", "unauthorized", "manifest unknown", "does not exist", "InvalidImageName", "ErrImageNeverPull"];

    // The node ended it, not the machine itself and not its user.
    private static readonly string[] WithItsNode = ["Terminated", "NodeShutdown", "Shutdown", "NodeLost", "NodeAffinity", "UnexpectedAdmissionError"];

    /// <summary>What it does.</summary>
    public static MachineSight Sight(Pod pod)
    {
        if (IsOff(pod))
        {
            return new MachineSight(MachinePhase.PoweredOff, MachineStage.ConsoleReady);
        }

        if (pod.IsDeleting)
        {
            return MachineSight.Starting(MachineStage.Image);
        }

        return pod.Status.Phase switch
        {
            "Succeeded" or "Failed" => MachineSight.Failed(EndOf(pod)),
            "Running" => Running(pod),
            _ => Pending(pod),
        };
    }

    /// <summary>A user powered it off.</summary>
    public static bool IsOff(Pod pod) => pod.Metadata.Annotations.GetValueOrDefault(ClusterLabels.Power) == ClusterLabels.Off;

    /// <summary>Our first process is there and can end and boot it.</summary>
    public static bool IsHeld(Pod pod) => pod.Metadata.Annotations.ContainsKey(ClusterLabels.InPlace) && IsUp(pod);

    /// <summary>Its container runs, whatever the machine in it does.</summary>
    public static bool IsUp(Pod pod) => !pod.IsDeleting && pod.Status.Phase == "Running" && MachineContainer(pod)?.State.Running is not null;

    /// <summary>It ended because its node did.</summary>
    public static bool EndedWithItsNode(Pod pod) => pod.Status is { Phase: "Failed", Reason: { } reason } && WithItsNode.Contains(reason);

    /// <summary>How often it was wished to boot when it did.</summary>
    public static int BootOf(KubernetesObject found) => Number(found.Metadata.Annotations, ClusterLabels.BootGeneration);

    /// <summary>The reset it was made for.</summary>
    public static int ResetOf(KubernetesObject found) => Number(found.Metadata.Labels, ClusterLabels.ResetGeneration);

    /// <summary>The digest by which the machine's image is had again, or null where no registry gave it.</summary>
    public static string? DigestOf(Pod pod) => MachineContainer(pod) is { } found
        ? ResolvedImage.DigestOf(found.ImageId, pod.Spec.Containers.FirstOrDefault(c => c.Name == found.Name)?.Image)
        : null;

    /// <summary>The container of the machine, or of whatever else the pod is for.</summary>
    public static ContainerStatus? MachineContainer(Pod pod) =>
        pod.Status.ContainerStatuses.FirstOrDefault(c => c.Name == ContainerManifests.Container) ?? (pod.Status.ContainerStatuses.Count > 0 ? pod.Status.ContainerStatuses[0] : null);

    private static MachineSight Running(Pod pod)
    {
        var container = MachineContainer(pod);
        if (container?.State.Terminated is { } ended)
        {
            return MachineSight.Failed(Sentence(ended));
        }

        if (container?.State.Running is null)
        {
            return Pending(pod);
        }

        if (container.Ready)
        {
            return new MachineSight(MachinePhase.Running, MachineStage.ConsoleReady);
        }

        // It came on once, and what holds its disk is still there.
        return container.Started == true && pod.Metadata.Annotations.ContainsKey(ClusterLabels.InPlace)
            ? MachineSight.Failed("The machine's program ended.")
            : MachineSight.Starting(MachineStage.Boot);
    }

    private static MachineSight Pending(Pod pod)
    {
        if (pod.Spec.NodeName is null)
        {
            var unscheduled = pod.Status.Conditions.Find("PodScheduled");
            return MachineSight.Starting(MachineStage.Place, unscheduled?.Status == "False" ? unscheduled.Message : null) with
            {
                Trouble = unscheduled is { Status: "False", Reason: "Unschedulable" } ? Trouble.NoRoom : Trouble.None,
            };
        }

        foreach (var waiting in pod.Status.InitContainerStatuses.Concat(pod.Status.ContainerStatuses).Select(c => c.State.Waiting))
        {
            var words = waiting?.Message is { Length: > 0 } message ? message : waiting?.Reason;
            if (PullTrouble.Contains(waiting?.Reason))
            {
                var isLasting = LastingWords.Any(w => words!.Contains(w, StringComparison.OrdinalIgnoreCase));
                return MachineSight.Starting(MachineStage.Image, words) with { Trouble = isLasting ? Trouble.Lasting : Trouble.MayPass };
            }

            if (CreateTrouble.Contains(waiting?.Reason))
            {
                return MachineSight.Starting(MachineStage.Disk, words) with { Trouble = Trouble.MayPass };
            }
        }

        return MachineSight.Starting(MachineStage.Image);
    }

    private static string? EndOf(Pod pod) =>
        MachineContainer(pod)?.State.Terminated is { } ended ? Sentence(ended)
        : pod.Status.InitContainerStatuses.FirstOrDefault(c => c.State.Terminated is { ExitCode: not 0 }) is { } before
            ? string.Create(CultureInfo.InvariantCulture, $"The machine could not be prepared: \"{before.Name}\" ended with exit code {before.State.Terminated!.ExitCode}.")
        : pod.Status.Message is { Length: > 0 } message ? message
        : pod.Status.Reason is { Length: > 0 } reason ? $"The cluster ended the machine: {reason}."
        : pod.Status.Phase == "Succeeded" ? "The machine's program ended." : "The cluster ended the machine without a reason.";

    private static string Sentence(ContainerTerminated ended) => ended switch
    {
        { Reason: "OOMKilled" } => "The machine took more memory than it may have and was ended.",
        { Message: { Length: > 0 } message, Reason: not ("Completed" or "Error") } => message,
        { ExitCode: 0 } => "The machine's program ended.",
        { ExitCode: 137 } => "The machine was killed.",
        _ => string.Create(CultureInfo.InvariantCulture, $"The machine ended with exit code {ended.ExitCode}."),
    };

    private static int Number(IReadOnlyDictionary<string, string> texts, string key) =>
        int.TryParse(texts.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
