using System.Collections.Immutable;
using LabOrchestrator.Docker.Consoles;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Brings one machine of an instance to what is wanted.</summary>
internal sealed class MachineBringer(EngineClient engine, EngineNames names, MachineMaker maker, MachinePower power, ContainerTerminals terminals)
{
    /// <summary>Does what was decided and returns when the machine's consoles answer, or it has ended.</summary>
    public async Task BringAsync(
        ApplyContext context, MachineSpec wanted, FoundMachine? found, MachineDecision decision, CancellationToken cancellationToken)
    {
        var progress = new MachineReport(context.Progress, wanted.Name);
        switch (decision)
        {
            case MachineDecision.Create or MachineDecision.Recreate:
                await MakeAsync(context, wanted, found, isReset: decision == MachineDecision.Recreate, progress, cancellationToken).ConfigureAwait(false);
                break;
            case MachineDecision.Restart:
                await power.DownAsync(context.InstanceId, found!, cancellationToken).ConfigureAwait(false);
                await StartAgainAsync(context, wanted, found!, progress, cancellationToken).ConfigureAwait(false);
                break;
            case MachineDecision.Start:
                await StartAgainAsync(context, wanted, found!, progress, cancellationToken).ConfigureAwait(false);
                break;
            case MachineDecision.PowerOff:
                // The name first: a machine that goes down meanwhile was powered off, it did not fail.
                await RenameAsync(context, found!, Running(wanted) with { IsOff = true }, cancellationToken).ConfigureAwait(false);
                await power.DownAsync(context.InstanceId, found!, cancellationToken).ConfigureAwait(false);
                break;
            default:
                break;
        }
    }

    private async Task MakeAsync(
        ApplyContext context, MachineSpec wanted, FoundMachine? found, bool isReset, MachineReport progress, CancellationToken cancellationToken)
    {
        // A machine whose image cannot be had stays as it is.
        var image = await maker.FetchAsync(wanted, progress, cancellationToken).ConfigureAwait(false);
        if (found is not null)
        {
            terminals.Forget(found.Id);
            await engine.Containers.RemoveAsync(found.Id, cancellationToken).ConfigureAwait(false);
        }

        if (isReset)
        {
            await engine.Volumes.RemoveAsync(names.Disk(context.InstanceId, wanted.Name), cancellationToken).ConfigureAwait(false);
        }

        var name = names.InstancePrefix(context.InstanceId) + (Running(wanted) with { IsOff = !wanted.PoweredOn });
        var id = await maker.MakeAsync(context, wanted, image, found, name, progress, cancellationToken).ConfigureAwait(false);
        if (wanted.PoweredOn)
        {
            await StartAsync(context, wanted, id, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task StartAgainAsync(
        ApplyContext context, MachineSpec wanted, FoundMachine found, MachineReport progress, CancellationToken cancellationToken)
    {
        var cards = ApplyContext.CardsOf(await context.Networks.WaitAsync(cancellationToken).ConfigureAwait(false), wanted);
        var ends = cards.Select(c => (names.Network(context.InstanceId, c.Network), ContainerMachines.EndOf(c)));
        await engine.Networks.MendAsync(found.Id, found.Ends, ends, cancellationToken).ConfigureAwait(false);
        await StartAsync(context, wanted, found.Id, progress, cancellationToken).ConfigureAwait(false);
        await RenameAsync(context, found, Running(wanted), cancellationToken).ConfigureAwait(false);
    }

    private async Task StartAsync(
        ApplyContext context, MachineSpec wanted, string container, MachineReport progress, CancellationToken cancellationToken)
    {
        await context.Isolation.WaitAsync(cancellationToken).ConfigureAwait(false);
        progress.Report(MachineStage.Boot);
        var cards = ApplyContext.CardsOf(await context.Networks.WaitAsync(cancellationToken).ConfigureAwait(false), wanted);
        await power.UpAsync(context.InstanceId, wanted, cards, container, cancellationToken).ConfigureAwait(false);
        progress.Report(MachineStage.ConsoleReady);
    }

    private async Task RenameAsync(ApplyContext context, FoundMachine found, MachineName name, CancellationToken cancellationToken)
    {
        if (found.Name != name)
        {
            await engine.Containers.RenameAsync(found.Id, names.InstancePrefix(context.InstanceId) + name, cancellationToken).ConfigureAwait(false);
        }
    }

    private static MachineName Running(MachineSpec wanted) => new(wanted.Name, wanted.BootGeneration, IsOff: false);
}

/// <summary>What all machines of one apply share.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Networks">Its networks, when they are there.</param>
/// <param name="Isolation">Ends when the host's firewall is in place: before it nothing may start.</param>
/// <param name="Progress">Who wants to know.</param>
internal sealed record ApplyContext(
    long InstanceId, Task<IReadOnlyList<NetworkPlan>> Networks, Task Isolation, IProgress<MachineProgress> Progress)
{
    /// <summary>It was brought up before: what is not there was lost.</summary>
    public bool HasRun { get; init; }

    /// <summary>What was lost is not made again, but ends the instance.</summary>
    public bool EndsOnLoss { get; init; }

    /// <summary>The cards of a machine, in their order.</summary>
    public static ImmutableArray<CardPlan> CardsOf(IReadOnlyList<NetworkPlan> networks, MachineSpec machine) =>
        [.. machine.Definition.Networks.Select(n => networks.Single(p => p.Definition.Name == n.Name).Cards[machine.Name])];
}

/// <summary>Reports the stages of one machine.</summary>
internal sealed class MachineReport(IProgress<MachineProgress> progress, string machine) : IProgress<int>
{
    public void Report(MachineStage stage) => progress.Report(new MachineProgress(machine, stage));

    /// <summary>Percent of the image fetched.</summary>
    public void Report(int value) => progress.Report(new MachineProgress(machine, MachineStage.Image, value));
}
