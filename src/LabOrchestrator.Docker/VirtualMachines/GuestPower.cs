using System.Globalization;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.VirtualMachines;

/// <summary>Boots VMs and shuts them down.</summary>
internal sealed class GuestPower(
    EngineClient engine, LauncherMachines launchers, RunFolders folders, GuestMonitor monitor, DockerRuntimeOptions options, TimeProvider time)
{
    private const int LooksPerCheck = 20;
    private const int LogLines = 20;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan GraceOfQemu = TimeSpan.FromSeconds(3);

    /// <summary>Boots; returns when the consoles answer, or when the machine has ended already.</summary>
    /// <exception cref="InstanceFailedException">QEMU runs but its consoles do not answer in time.</exception>
    public async Task UpAsync(
        long instanceId, MachineSpec wanted, IReadOnlyList<CardPlan> cards, string container, CancellationToken cancellationToken)
    {
        folders.Prepare(instanceId, wanted.Name, launchers.SeedOf(instanceId, wanted, [.. cards.Select(c => c.Mac)]));
        await engine.Containers.StartAsync(container, cancellationToken).ConfigureAwait(false);
        var started = time.GetTimestamp();
        for (var i = 1; !await AnswersAsync(instanceId, wanted.Name, cancellationToken).ConfigureAwait(false); i++)
        {
            await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
            if (i % LooksPerCheck == 0
                && await engine.Containers.FindAsync(container, cancellationToken).ConfigureAwait(false) is not { State.Status: ContainerStates.Running })
            {
                return;
            }

            if (time.GetElapsedTime(started) > options.LaunchPatience)
            {
                await HangsAsync(container, wanted.Name, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Presses the power button, waits, and then ends QEMU, which writes out what it holds of the disk.</summary>
    public async Task DownAsync(long instanceId, FoundMachine machine, TimeSpan grace, CancellationToken cancellationToken)
    {
        try
        {
            if (await monitor.StateAsync(instanceId, machine.Name.Machine, cancellationToken).ConfigureAwait(false) is { IsPaused: false })
            {
                await monitor.PressPowerAsync(instanceId, machine.Name.Machine, cancellationToken).ConfigureAwait(false);
                using var patience = new CancellationTokenSource(grace, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
                await engine.Containers.WaitAsync(machine.Id, either.Token).ConfigureAwait(false);
                return;
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is ConsoleUnavailableException or OperationCanceledException)
        {
            // The guest does not care for its power button.
        }

        await engine.Containers.StopAsync(machine.Id, GraceOfQemu, cancellationToken).ConfigureAwait(false);
    }

    // It is stopped, so that it is shown as ended and can be restarted.
    private async Task HangsAsync(string container, string machine, CancellationToken cancellationToken)
    {
        var log = await engine.Containers.LogTailAsync(container, LogLines, cancellationToken).ConfigureAwait(false);
        await engine.Containers.StopAsync(container, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        throw new InstanceFailedException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The virtual machine was started, but its screen did not answer within {options.LaunchPatience.TotalSeconds:0} s. Its launcher said: {(log.Length == 0 ? "nothing" : log)}"),
            machine);
    }

    private async Task<bool> AnswersAsync(long instanceId, string machine, CancellationToken cancellationToken)
    {
        var folder = folders.Of(instanceId, machine);
        if (!File.Exists(Path.Combine(folder, RunFolders.Screen)) || !File.Exists(Path.Combine(folder, RunFolders.Terminal)))
        {
            return false;
        }

        try
        {
            await using var screen = await GuestSocket.ConnectAsync(Path.Combine(folder, RunFolders.Screen), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ConsoleUnavailableException)
        {
            return false;
        }
    }
}
