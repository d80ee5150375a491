using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Consoles;

/// <summary>Commands in VMs: KubeVirt's probe program in the launcher hands them to the guest's agent.</summary>
internal static class GuestProbe
{
    private const string Program = "/usr/bin/virt-probe";
    private const string Seconds = "60";

    /// <summary>What to run in the launcher.</summary>
    /// <exception cref="ConsoleUnavailableException">No agent in the guest would hear it.</exception>
    public static IReadOnlyList<string> Command(VirtualMachineInstance guest, IReadOnlyList<string> command) =>
        GuestReading.HasAgent(guest)
            ? [Program, "--command", command[0], "--domainName", $"{guest.Namespace}_{guest.Name}", "--timeoutSeconds", Seconds, "--", .. command.Skip(1)]
            : throw new ConsoleUnavailableException(
                $"No guest agent answers in \"{guest.Name}\"; commands cannot be run in it. Install qemu-guest-agent in its image, or wait until it has booted.");
}
