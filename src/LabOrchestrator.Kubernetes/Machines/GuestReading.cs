using System.Globalization;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>Reads what KubeVirt and CDI say of a VM.</summary>
internal static class GuestReading
{
    /// <summary>What it does.</summary>
    /// <param name="machine">The VM.</param>
    /// <param name="guest">Its running instance, or null.</param>
    /// <param name="disk">Its present disk, or null.</param>
    /// <param name="launcher">The pod in which it is to run, or null.</param>
    public static MachineSight Sight(VirtualMachine machine, VirtualMachineInstance? guest, DataVolume? disk, Pod? launcher)
    {
        if (machine.Spec.RunStrategy == VmManifests.Halted)
        {
            return new MachineSight(MachinePhase.PoweredOff, MachineStage.ConsoleReady);
        }

        if (guest is null)
        {
            return Before(machine, disk);
        }

        if (guest.IsDeleting)
        {
            return MachineSight.Starting(MachineStage.Disk);
        }

        var conditions = guest.Status.Conditions;
        return guest.Status.Phase switch
        {
            "Running" when conditions.Has("Paused") => new MachineSight(MachinePhase.Paused, MachineStage.ConsoleReady),
            "Running" => new MachineSight(MachinePhase.Running, MachineStage.ConsoleReady),
            "Succeeded" => MachineSight.Failed("The machine powered itself off."),
            "Failed" => MachineSight.Failed(Words(guest) is { } words ? $"The machine ended: {words}" : "The machine ended."),
            "Unknown" => MachineSight.Starting(MachineStage.Boot, "The node of the machine does not answer."),
            _ => Coming(machine, guest, disk, launcher),
        };
    }

    /// <summary>It runs in software emulation.</summary>
    public static bool IsEmulated(VirtualMachineInstance guest) => guest.Status.Conditions.Has("SoftwareEmulation");

    /// <summary>Its guest agent is connected.</summary>
    public static bool HasAgent(VirtualMachineInstance guest) => guest.Status.Conditions.Has("AgentConnected");

    private static MachineSight Before(VirtualMachine machine, DataVolume? disk)
    {
        if (machine.Status.Conditions.Find("Failure") is { Status: "True", Message: { Length: > 0 } message })
        {
            return MachineSight.Starting(MachineStage.Disk, message) with { Trouble = Trouble.MayPass };
        }

        if (disk is null)
        {
            return MachineSight.Starting(MachineStage.Image);
        }

        var running = disk.Status.Conditions.Find("Running");
        var words = running is { Status: not "True", Message.Length: > 0 } ? running.Message
            : disk.Status.Conditions.Find("Bound") is { Status: "False", Message: { Length: > 0 } unbound } ? unbound
            : null;
        return disk.Status.Phase switch
        {
            "Failed" => MachineSight.Starting(MachineStage.Disk, words ?? "The disk could not be imported.") with { Trouble = Trouble.Lasting },
            "ImportInProgress" or "CloneInProgress" => MachineSight.Starting(MachineStage.Disk, disk.Status.RestartCount > 0 ? words : null) with
            {
                Percent = Percent(disk.Status.Progress),
                Trouble = disk.Status.RestartCount > 2 ? Trouble.MayPass : Trouble.None,
            },
            "Succeeded" => MachineSight.Starting(MachineStage.Disk),

            // Its storage is where its machine will be.
            "WaitForFirstConsumer" or "PendingPopulation" => MachineSight.Starting(MachineStage.Place, words),
            _ => MachineSight.Starting(MachineStage.Image, words),
        };
    }

    private static MachineSight Coming(VirtualMachine machine, VirtualMachineInstance guest, DataVolume? disk, Pod? launcher)
    {
        var conditions = guest.Status.Conditions;
        if (conditions.Find("PodScheduled") is { Status: "False", Reason: "Unschedulable" } unscheduled)
        {
            return MachineSight.Starting(MachineStage.Place, unscheduled.Message) with { Trouble = Trouble.NoRoom };
        }

        var stage = launcher?.Spec.NodeName is null && guest.Status.NodeName is null ? MachineStage.Place : MachineStage.Boot;

        if (conditions.Find("Synchronized") is { Status: "False", Message: { Length: > 0 } message } unsynchronized)
        {
            var isNoRoom = message.Contains("exceeded quota", StringComparison.Ordinal);
            return MachineSight.Starting(stage, message) with
            {
                Trouble = unsynchronized.Reason != "FailedCreate" ? Trouble.None : isNoRoom ? Trouble.NoRoom : Trouble.MayPass,
            };
        }

        if (machine.Status.PrintableStatus is "ErrImagePull" or "ImagePullBackOff" or "ErrorPvcNotFound" or "DataVolumeError")
        {
            return MachineSight.Starting(stage, $"KubeVirt says {machine.Status.PrintableStatus}.") with { Trouble = Trouble.MayPass };
        }

        return launcher is null && disk is { Status.Phase: not "Succeeded" } ? Before(machine, disk) : MachineSight.Starting(stage);
    }

    private static string? Words(VirtualMachineInstance guest) =>
        guest.Status.Reason is { Length: > 0 } reason ? reason
        : guest.Status.Conditions.Find("Ready") is { Message: { Length: > 0 } message } ? message
        : null;

    private static int? Percent(string? progress) =>
        progress is { Length: > 1 } && double.TryParse(progress.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            ? (int)Math.Clamp(percent, 0, 100)
            : null;
}
