using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Makes the engine hold what a specification says: looks, decides for each part, and does what is missing, all at once.</summary>
internal sealed partial class InstanceApplier(
    InstanceInventory inventory, LabNetworks networks, LabHelper helper, HostFirewall firewall, MachineBringer machines, ILogger logger)
{
    /// <summary>Applies; machines that ended by themselves stay as they are.</summary>
    public async Task ApplyAsync(InstanceSpec spec, IProgress<MachineProgress> progress, CancellationToken cancellationToken)
    {
        var found = await inventory.ReadAsync(spec.InstanceId, cancellationToken).ConfigureAwait(false);
        var work = spec.Machines
            .Select(m => (Wanted: m, Found: found.Find(m.Name)))
            .Select(m => (m.Wanted, m.Found, Decision: MachineDecisions.Decide(m.Wanted, m.Found, found.Helper?.State)))
            .ToList();
        var loss = LossOf(spec, found);
        var isolation = firewall.EnsureAsync(cancellationToken);
        var plans = networks.EnsureAsync(spec, found, cancellationToken);
        var context = new ApplyContext(spec.InstanceId, plans, isolation, progress) { HasRun = spec.HasRun, EndsOnLoss = spec.EndsOnLoss };
        List<Task> tasks =
        [
            isolation,
            plans,
            HelpAsync(context, spec, found, loss, cancellationToken),
            .. work.Select(m => BringAsync(context, m.Wanted, m.Found, m.Decision, cancellationToken)),
        ];
        try
        {
            await Task.WhenAll(tasks).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The first cause in the order above: a machine that waited in vain for its network is no news.
            var failed = tasks.FirstOrDefault(t => t.IsFaulted) ?? tasks.First(t => t.IsCanceled);
            await failed.ConfigureAwait(false);
        }
    }

    // What the helper says of its loss; each network that is made again says so itself.
    private string? LossOf(InstanceSpec spec, FoundInstance found)
    {
        List<string> lost = [.. spec.Networks.Where(n => found.FindNetwork(n.Name) is null).Select(n => LossWords.Network(n.Name))];
        if (found.FindUplink() is null && spec.Networks.Any(n => n.Internet))
        {
            lost.Add(LossWords.Uplink);
        }

        if (found.Helper is null)
        {
            lost.Add(LossWords.Helper);
        }

        if (spec.HasRun && lost.Count > 0)
        {
            LogLost(logger, spec.InstanceId, LossWords.Parts(lost));
        }

        return found.Helper is not null ? found.Helper.Loss : spec.HasRun ? LossWords.Helper : null;
    }

    private async Task HelpAsync(ApplyContext context, InstanceSpec spec, FoundInstance found, string? loss, CancellationToken cancellationToken)
    {
        try
        {
            await helper.EnsureAsync(context, spec, found, loss, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e)
        {
            throw new InstanceFailedException($"The instance's helper could not be started: {e.Message}", null, e);
        }
    }

    private async Task BringAsync(
        ApplyContext context, MachineSpec wanted, FoundMachine? found, MachineDecision decision, CancellationToken cancellationToken)
    {
        try
        {
            await machines.BringAsync(context, wanted, found, decision, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.IsNotFound || e.IsConflict)
        {
            throw new RuntimeUnavailableException($"\"{wanted.Name}\" changed in the engine meanwhile: {e.Message}", e);
        }
        catch (EngineException e)
        {
            throw new InstanceFailedException(e.Message, wanted.Name, e);
        }
        catch (InstanceFailedException e) when (e.Machine is null)
        {
            throw new InstanceFailedException(e.Message, wanted.Name, e);
        }
    }

    [LoggerMessage(2011, LogLevel.Warning, "Instance {InstanceId}: {Sentence}")]
    private static partial void LogLost(ILogger logger, long instanceId, string sentence);
}
