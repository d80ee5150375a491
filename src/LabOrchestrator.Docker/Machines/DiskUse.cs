using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;

namespace LabOrchestrator.Docker.Machines;

/// <summary>What container machines have written: their own layer, and their volumes.</summary>
internal sealed class DiskUse(EngineClient engine, EngineNames names, Installation installation)
{
    /// <summary>Bytes of each container machine of this installation, by its container.</summary>
    /// <param name="instanceId">Only those of this instance; null takes all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<(ContainerSummary Machine, long Bytes)>> MeasureAsync(long? instanceId, CancellationToken cancellationToken)
    {
        string[] labels =
        [
            .. instanceId is { } id ? EngineLabels.Of(installation, id) : [EngineLabels.Of(installation)],
            $"{EngineLabels.Role}={EngineRoles.Machine}",
            $"{EngineLabels.Kind}={MachineLabels.Container}",
        ];
        var machines = await engine.Containers.ListAsync(labels, cancellationToken, sizes: true).ConfigureAwait(false);
        var volumes = machines.Any(m => VolumesOf(m).Any())
            ? (await engine.Volumes.ListSizesAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(v => v.Name, v => v.UsageData?.Size ?? 0)
            : [];
        return [.. machines.Select(m => (m, (m.SizeRw ?? 0) + VolumesOf(m).Sum(v => Math.Max(0, volumes.GetValueOrDefault(v)))))];
    }

    // Those of the machine itself: what images hold is nobody's to fill.
    private IEnumerable<string> VolumesOf(ContainerSummary machine) => machine.Mounts
        .Where(m => m is { Type: "volume", Name: not null })
        .Select(m => m.Name!)
        .Where(v => names.InstanceOf(v) is not null);
}
