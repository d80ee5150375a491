using LabOrchestrator.Consoles;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Server.Gateway;

/// <summary>Finds consoles in the lab instances of this installation.</summary>
internal sealed class LabConsoleDirectory(LabInstances instances, ILabStore labs, LabRuntimes runtimes, IConsoleRights rights) : IConsoleDirectory
{
    public async Task<ConsoleResolution> ResolveAsync(ConsoleRequest request, CancellationToken cancellationToken)
    {
        if (await instances.FindAsync(request.InstanceId, cancellationToken) is not { } instance
            || await labs.FindDefinitionAsync(instance.LabId, instance.LabVersion, cancellationToken) is not { } lab
            || lab.Machines.FirstOrDefault(m => m.Name == request.Machine) is not { } machine)
        {
            return new ConsoleResolution.Unknown($"There is no machine \"{request.Machine}\" in lab instance {request.InstanceId}.");
        }

        if (!await rights.MayOpenAsync(request.UserId, instance, request.Mode, cancellationToken))
        {
            return new ConsoleResolution.Forbidden();
        }

        if (machine.Consoles.FirstOrDefault(c => c.Name == request.Console) is not { } console)
        {
            return new ConsoleResolution.Unknown($"The machine \"{machine.Name}\" has no console \"{request.Console}\".");
        }

        // No gateway can tell which requests of a web page only look.
        if (console.Kind == ConsoleKind.Web && request.Mode == ConsoleMode.View)
        {
            return new ConsoleResolution.Forbidden();
        }

        if (ReasonWhyNot(instance, machine.Name) is { } reason)
        {
            return new ConsoleResolution.NotNow(reason);
        }

        return (console.Kind, runtimes.Find(instance.Runtime)) switch
        {
            (ConsoleKind.Web, IMachinePorts ports) => new ConsoleResolution.FoundPort(console, ports),
            (not ConsoleKind.Web, IMachineConsoles consoles) => new ConsoleResolution.Found(console, consoles),
            _ => new ConsoleResolution.NotNow($"The runtime \"{instance.Runtime}\" is not configured on this server, or has no such consoles."),
        };
    }

    /// <summary>Why nobody can look at a machine now, in a sentence with a remedy; null when they can.</summary>
    internal static string? ReasonWhyNot(LabInstance instance, string machine) =>
        !instance.IsLive || instance.Status.Phase == InstancePhase.Stopping
            ? "The lab has ended. Start it again."
            : instance.Status.Machines.FirstOrDefault(m => m.Name == machine)?.Phase switch
            {
                // A starting machine may already have a screen: the runtime knows.
                MachinePhase.Running or MachinePhase.Starting => null,
                MachinePhase.Paused => $"The machine \"{machine}\" is paused. Let the lab go on first.",
                MachinePhase.PoweredOff => $"The machine \"{machine}\" is powered off. Power it on first.",
                MachinePhase.Failed => $"The machine \"{machine}\" has ended. Restart it first.",
                _ => $"The machine \"{machine}\" is not there yet. Wait until it has started.",
            };
}
