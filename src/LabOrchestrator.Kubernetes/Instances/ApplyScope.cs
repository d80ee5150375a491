using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>What all machines of one apply share.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="NameServer">Address of its name server.</param>
/// <param name="Progress">Who wants to know.</param>
internal sealed record ApplyScope(InstanceSpec Instance, string NameServer, IProgress<MachineProgress> Progress)
{
    public long Id => Instance.InstanceId;

    /// <summary>Its namespace.</summary>
    public string Namespace { get; } = LabNamespace.NameOf(Instance);
}

/// <summary>
/// Reports the stages of one machine: none is left out but the wait for a place, and none comes twice without news.
/// </summary>
internal sealed class StageReport(IProgress<MachineProgress> progress, string machine)
{
    private MachineProgress? _last;
    private MachineStage _furthest = MachineStage.Place;

    public void See(MachineSight sight) => Reach(sight.Stage, sight.Percent, sight.Reason);

    public void Reach(MachineStage stage, int? percent = null, string? reason = null)
    {
        if (stage == MachineStage.Place ? _furthest >= MachineStage.Boot : stage < _furthest)
        {
            return;
        }

        for (var at = _furthest + 1; at < stage; at++)
        {
            Tell(new MachineProgress(machine, at));
        }

        _furthest = stage > _furthest ? stage : _furthest;
        Tell(new MachineProgress(machine, stage, percent) { Reason = reason });
    }

    private void Tell(MachineProgress now)
    {
        if (now != _last)
        {
            _last = now;
            progress.Report(now);
        }
    }
}
