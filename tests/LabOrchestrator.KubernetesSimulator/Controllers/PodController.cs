using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Store;
using LabOrchestrator.KubernetesSimulator.Streams;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>Pods from Pending over ContainerCreating and Running to their end.</summary>
internal sealed class PodController(ClusterState cluster, SimulatorSettings settings, Clock clock, PodFolders folders, PodProcesses processes, PodNetwork network) : IController
{
    private readonly PodScheduler _scheduler = new(cluster, settings, clock);
    private readonly PodStart _start = new(cluster, settings, clock, processes);
    private readonly PodProbes _probes = new(cluster, settings, processes, network);

    public IEnumerable<ObjectAddress> Concerned(StoreChange change)
    {
        if (change.Object.Kind is not { Group: "", Plural: "pods" })
        {
            return [];
        }

        if (change.Kind == ChangeKind.Deleted)
        {
            folders.End(change.Object.Uid, remove: true);
            return [];
        }

        return [change.Object.Address];
    }

    public TimeSpan? Reconcile(ObjectAddress at)
    {
        if (cluster.Store.Find(at) is not { } one)
        {
            return null;
        }

        var pod = one.Read();
        if (one.IsEnding)
        {
            return End(one);
        }

        if (pod.Text("status", "phase") is "Failed" or "Succeeded")
        {
            folders.End(one.Uid, remove: false);
        }

        return pod.Text("status", "phase") switch
        {
            "Running" => _probes.Ask(one, pod),
            "Pending" => pod.Text("spec", "nodeName") is null ? _scheduler.Schedule(one, pod) : _start.Start(one, pod),
            _ => null,
        };
    }

    private TimeSpan? End(StoredObject one)
    {
        if (clock.Left(one.Uid, "stopping", settings.StoppingMilliseconds) is { } left)
        {
            return left;
        }

        cluster.Update(one.Address, value => value.Metadata()["deletionGracePeriodSeconds"] = 0);
        return null;
    }
}
