using System.Text;
using LabOrchestrator.Docker.Consoles;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Docker.VirtualMachines;
using LabOrchestrator.Images;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Starts and stops machines.</summary>
internal sealed partial class MachinePower(EngineClient engine, ContainerTerminals terminals, GuestPower guests, CardTask cardTask, ILogger logger)
{
    /// <summary>How long a machine may take to go down by itself.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private const int MostOutput = 4096;

    /// <summary>Starts a machine; returns when its consoles answer, or when it has ended already.</summary>
    public async Task UpAsync(
        long instanceId, MachineSpec wanted, IReadOnlyList<CardPlan> cards, string container, CancellationToken cancellationToken)
    {
        if (wanted.Definition.Kind == ImageKind.Vm)
        {
            await guests.UpAsync(instanceId, wanted, cards, container, cancellationToken).ConfigureAwait(false);
            return;
        }

        cardTask.Prepare(instanceId, wanted.Name, cards);
        await engine.Containers.StartAsync(container, cancellationToken).ConfigureAwait(false);
        try
        {
            await Task.WhenAll(
                cardTask.RunAsync(container, wanted.Name, cards, cancellationToken),
                terminals.StartKeeperAsync(container, wanted.Image.LoginUser, cancellationToken),
                SetCredentialsAsync(wanted, container, cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EngineException { IsConflict: true } or EngineException { IsNotFound: true } or ConsoleUnavailableException)
        {
            // It has ended again, which is seen when it is observed; or it has no terminal, which whoever opens it is told.
            LogNoTerminal(logger, instanceId, wanted.Name, e.Message);
        }
        catch (EngineException e)
        {
            if (await engine.Containers.FindAsync(container, cancellationToken).ConfigureAwait(false) is { } details && ContainerStates.IsUp(details.State.Status))
            {
                throw;
            }

            // What is done to a machine that ends meanwhile fails in many words.
            LogNoTerminal(logger, instanceId, wanted.Name, e.Message);
        }
    }

    /// <summary>Stops a machine; its disk is kept.</summary>
    public async Task DownAsync(long instanceId, FoundMachine machine, CancellationToken cancellationToken)
    {
        terminals.Forget(machine.Id);
        if (!ContainerStates.IsUp(machine.State.Status))
        {
            return;
        }

        if (machine.IsVm)
        {
            await guests.DownAsync(instanceId, machine, Grace, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await engine.Containers.StopAsync(machine.Id, Grace, cancellationToken).ConfigureAwait(false);
        }
    }

    // The image's accounts get this instance's passwords. An image without such accounts or without chpasswd has no use for them.
    private async Task SetCredentialsAsync(MachineSpec wanted, string container, CancellationToken cancellationToken)
    {
        if (wanted.Credentials.IsEmpty)
        {
            return;
        }

        var lines = string.Concat(wanted.Credentials.Select(c => $"{c.Username}:{c.Password}\n"));
        var command = new ExecCreation { User = "0:0", Cmd = ["sh", "-c", $"head -n {wanted.Credentials.Length} | chpasswd"] };
        var (code, output) = await engine.Execs
            .RunAsync(container, command, Encoding.UTF8.GetBytes(lines), MostOutput, cancellationToken).ConfigureAwait(false);
        if (code != 0)
        {
            LogNoCredentials(logger, wanted.Name, output.Trim());
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "Instance {Instance}: no terminal in {Machine} yet: {Reason}")]
    private static partial void LogNoTerminal(ILogger logger, long instance, string machine, string reason);

    [LoggerMessage(2002, LogLevel.Warning, "The passwords of {Machine} could not be set: {Reason}")]
    private static partial void LogNoCredentials(ILogger logger, string machine, string reason);
}
