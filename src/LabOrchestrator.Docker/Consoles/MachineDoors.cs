using LabOrchestrator.Consoles;
using LabOrchestrator.Consoles.Pictures;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Docker.VirtualMachines;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Consoles;

/// <summary>Opens the consoles of machines and runs commands in them.</summary>
internal sealed class MachineDoors(
    EngineClient engine, EngineNames names, Installation installation, ContainerTerminals terminals, RunFolders folders, TimeProvider time)
{
    private const int MostOutput = 64 << 10;

    public async Task<Stream> OpenAsync(long instanceId, string machine, ConsoleDefinition console, CancellationToken cancellationToken)
    {
        var found = await RunningAsync(instanceId, machine, cancellationToken).ConfigureAwait(false);
        var isVm = IsVm(found);
        return console.Kind switch
        {
            ConsoleKind.Graphical when isVm => await GuestAsync(instanceId, machine, RunFolders.Screen, cancellationToken).ConfigureAwait(false),
            ConsoleKind.Terminal when isVm => await GuestAsync(instanceId, machine, RunFolders.Terminal, cancellationToken).ConfigureAwait(false),
            ConsoleKind.Terminal => await terminals.OpenAsync(found.Id, null, cancellationToken).ConfigureAwait(false),
            _ => throw new ConsoleUnavailableException($"The machine \"{machine}\" has no {console.Kind} console."),
        };
    }

    public async Task<CommandResult> RunAsync(
        long instanceId, string machine, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var found = await RunningAsync(instanceId, machine, cancellationToken).ConfigureAwait(false);
        if (IsVm(found))
        {
            throw new ConsoleUnavailableException($"\"{machine}\" is a VM without a guest agent; commands cannot be run in it.");
        }

        try
        {
            var (code, output) = await engine.Execs
                .RunAsync(found.Id, new ExecCreation { Cmd = command }, default, MostOutput, cancellationToken).ConfigureAwait(false);
            return new CommandResult(code, output);
        }
        catch (EngineException e) when (e.IsConflict || e.IsNotFound)
        {
            throw new ConsoleUnavailableException(e.Message, e);
        }
    }

    /// <summary>A picture of a VM's screen.</summary>
    public async Task<byte[]> ScreenshotAsync(long instanceId, string machine, CancellationToken cancellationToken)
    {
        if (!IsVm(await RunningAsync(instanceId, machine, cancellationToken).ConfigureAwait(false)))
        {
            throw new ConsoleUnavailableException($"The machine \"{machine}\" has no screen.");
        }

        var screen = await GuestAsync(instanceId, machine, RunFolders.Screen, cancellationToken).ConfigureAwait(false);
        return await ScreenPicture.TakeAsync(screen, time, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsVm(ContainerSummary found) => found.Labels.GetValueOrDefault(EngineLabels.Kind) == MachineLabels.Vm;

    private Task<Stream> GuestAsync(long instanceId, string machine, string socket, CancellationToken cancellationToken) =>
        GuestSocket.ConnectAsync(Path.Combine(folders.Of(instanceId, machine), socket), cancellationToken);

    // One question: a page with many consoles asks it for each.
    private async Task<ContainerSummary> RunningAsync(long instanceId, string machine, CancellationToken cancellationToken)
    {
        var containers = await engine.Containers
            .ListAsync([.. EngineLabels.Of(installation, instanceId), $"{EngineLabels.Machine}={machine}"], cancellationToken).ConfigureAwait(false);
        var prefix = names.InstancePrefix(instanceId);
        return containers.FirstOrDefault(c => ContainerStates.IsUp(c.State) && MachineName.Parse(c.Name[prefix.Length..])?.Machine == machine)
            ?? throw new ConsoleUnavailableException($"The machine \"{machine}\" does not run.");
    }
}
