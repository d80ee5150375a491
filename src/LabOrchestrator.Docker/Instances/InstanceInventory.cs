using System.Collections.Immutable;
using System.Globalization;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Installations;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Looks up what the engine has of our instances.</summary>
internal sealed class InstanceInventory(EngineClient engine, EngineNames names, Installation installation)
{
    /// <summary>Everything of one instance; empty when there is nothing.</summary>
    public async Task<FoundInstance> ReadAsync(long instanceId, CancellationToken cancellationToken)
    {
        var labels = EngineLabels.Of(installation, instanceId);
        var containers = engine.Containers.ListAsync(labels, cancellationToken);
        var networks = engine.Networks.ListAsync(labels, cancellationToken);
        return await PutTogetherAsync(
            instanceId, await containers.ConfigureAwait(false), await networks.ConfigureAwait(false), isThorough: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// All instances of this installation, also those of which only parts are left. A machine that is just ending may still be called up.
    /// </summary>
    public async Task<IReadOnlyList<FoundInstance>> ReadAllAsync(CancellationToken cancellationToken)
    {
        string[] labels = [EngineLabels.Of(installation), EngineLabels.Instance];
        var containers = engine.Containers.ListAsync(labels, cancellationToken);
        var networks = engine.Networks.ListAsync(labels, cancellationToken);
        var volumes = engine.Volumes.ListAsync(labels, cancellationToken);
        var containersOf = (await containers.ConfigureAwait(false)).ToLookup(c => EngineLabels.InstanceOf(c.Labels));
        var networksOf = (await networks.ConfigureAwait(false)).ToLookup(n => EngineLabels.InstanceOf(n.Labels));
        var ids = containersOf.Select(c => c.Key)
            .Concat(networksOf.Select(n => n.Key))
            .Concat((await volumes.ConfigureAwait(false)).Select(v => EngineLabels.InstanceOf(v.Labels)))
            .OfType<long>()
            .Distinct();
        var found = new List<FoundInstance>();
        foreach (var id in ids)
        {
            found.Add(await PutTogetherAsync(id, [.. containersOf[id]], [.. networksOf[id]], isThorough: false, cancellationToken).ConfigureAwait(false));
        }

        return found;
    }

    private async Task<FoundInstance> PutTogetherAsync(
        long instanceId,
        IReadOnlyList<ContainerSummary> containers,
        IReadOnlyList<NetworkSummary> networks,
        bool isThorough,
        CancellationToken cancellationToken)
    {
        var looked = await Task.WhenAll(containers.Select(c => LookAsync(instanceId, c, networks, isThorough, cancellationToken))).ConfigureAwait(false);
        var helper = containers.FirstOrDefault(c => c.Labels.GetValueOrDefault(EngineLabels.Role) == EngineRoles.Helper);
        var times = containers.Select(c => DateTimeOffset.FromUnixTimeSeconds(c.Created)).Concat(networks.Select(n => n.Created)).ToList();
        return new FoundInstance(instanceId)
        {
            Machines = [.. looked.OfType<FoundMachine>()],
            Helper = helper is null ? null : await LookAtHelperAsync(instanceId, helper, networks, cancellationToken).ConfigureAwait(false),
            Networks = [.. networks],
            CreatedAt = times.Count == 0 ? null : times.Min().ToUniversalTime(),
        };
    }

    private async Task<FoundMachine?> LookAsync(
        long instanceId, ContainerSummary container, IReadOnlyList<NetworkSummary> networks, bool isThorough, CancellationToken cancellationToken)
    {
        var prefix = names.InstancePrefix(instanceId);
        if (container.Labels.GetValueOrDefault(EngineLabels.Role) != EngineRoles.Machine
            || !container.Name.StartsWith(prefix, StringComparison.Ordinal)
            || MachineName.Parse(container.Name[prefix.Length..]) is not { } name)
        {
            return null;
        }

        var state = new ContainerState { Status = container.State };
        ImmutableArray<NetworkEnd> ends = [];
        if (isThorough || !ContainerStates.IsUp(container.State))
        {
            // Only the details say when and how it ended. And the engine tells of a machine's end some 100 ms before its list knows of it,
            // while the details wait for it: a look that follows the event and trusts the list would be the last one, and wrong.
            var details = await engine.Containers.FindAsync(container.Id, cancellationToken).ConfigureAwait(false);
            if (details is null)
            {
                return null;
            }

            state = details.State;
            ends = NetworkEnds.Of(details, networks, prefix);
        }

        var reset = int.Parse(container.Labels.GetValueOrDefault(EngineLabels.Reset, "0"), CultureInfo.InvariantCulture);
        return new FoundMachine(container.Id, name, reset, state, container.Labels) { Ends = ends };
    }

    private async Task<FoundHelper?> LookAtHelperAsync(
        long instanceId, ContainerSummary helper, IReadOnlyList<NetworkSummary> networks, CancellationToken cancellationToken)
    {
        var details = await engine.Containers.FindAsync(helper.Id, cancellationToken).ConfigureAwait(false);
        return details is null
            ? null
            : new FoundHelper(
                details.Id, details.State, helper.Labels.GetValueOrDefault(EngineLabels.Configuration, ""), helper.Labels.GetValueOrDefault(EngineLabels.Loss))
            {
                Ends = NetworkEnds.Of(details, networks, names.InstancePrefix(instanceId)),
            };
    }
}
