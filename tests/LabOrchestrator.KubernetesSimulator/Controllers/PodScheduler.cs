using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Admission;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>The scheduler: gives a pod its node, or says why there is none.</summary>
internal sealed class PodScheduler(ClusterState cluster, SimulatorSettings settings, Clock clock)
{
    private const string Node = "node-1";

    public TimeSpan? Schedule(StoredObject one, JsonObject pod)
    {
        if (clock.Left(one.Uid, "scheduling", settings.SchedulingMilliseconds) is { } left)
        {
            return left;
        }

        if (pod.Text("spec", "schedulerName") is not (null or "default-scheduler"))
        {
            // Somebody else's to take to a node, and there is nobody else.
            return null;
        }

        if (pod.Objects("spec", "schedulingGates").Any())
        {
            cluster.Update(one.Address, value => cluster.Condition(value, "PodScheduled", false, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"));
            return null;
        }

        if (WhyNot(one, pod) is { } reason)
        {
            cluster.Update(one.Address, value => cluster.Condition(value, "PodScheduled", false, "Unschedulable", reason));
            cluster.Tell(one, "Warning", "FailedScheduling", reason, "default-scheduler");
            return TimeSpan.FromMilliseconds(200);
        }

        cluster.Update(one.Address, value =>
        {
            value.Part("spec")["nodeName"] = Node;
            cluster.Condition(value, "PodScheduled", true);
            value.Part("status")["hostIP"] = "192.168.1.10";
            value.Part("status")["startTime"] = clock.Text;
            ContainerStatuses.Set(value, _ => new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ContainerCreating" } }, ready: false);
        });
        return null;
    }

    private string? WhyNot(StoredObject one, JsonObject pod)
    {
        foreach (var claim in pod.Objects("spec", "volumes").Select(v => v.Text("persistentVolumeClaim", "claimName")).OfType<string>())
        {
            if (cluster.Find("", "persistentvolumeclaims", one.Namespace, claim) is null)
            {
                return $"0/1 nodes are available: persistentvolumeclaim \"{claim}\" not found. not found";
            }
        }

        var memory = pod.Objects("spec", "containers").Sum(c => Quantity.Parse(c.Text("resources", "requests", "memory")));
        if (memory > Quantity.Parse(settings.NodeMemory))
        {
            return "0/1 nodes are available: 1 Insufficient memory. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";
        }

        var labels = cluster.Find("", "nodes", "", Node)?.Labels;
        return pod.At("spec", "nodeSelector") is JsonObject selector && !selector.All(s => labels?.GetValueOrDefault(s.Key) == s.Value.Text())
            ? "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
            : null;
    }
}
