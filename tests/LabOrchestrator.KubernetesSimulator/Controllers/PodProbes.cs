using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Store;
using LabOrchestrator.KubernetesSimulator.Streams;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>Asks containers whether they are ready.</summary>
internal sealed class PodProbes(ClusterState cluster, SimulatorSettings settings, PodProcesses processes, PodNetwork network)
{
    /// <summary>The command of its first readiness probe that is one.</summary>
    public static (string Container, string[] Command, bool IsStartup)? Of(JsonObject pod)
    {
        var container = pod.Objects("spec", "containers").FirstOrDefault(c => c.At("readinessProbe", "exec") is not null);
        return container is null ? null : (container.Text("name")!, [.. container.Texts("readinessProbe", "exec", "command")], container.At("startupProbe") is not null);
    }

    /// <summary>Asks, and says when to ask again; null where there is nothing to ask.</summary>
    public TimeSpan? Ask(StoredObject one, JsonObject pod)
    {
        if (Of(pod) is not { } probe)
        {
            return null;
        }

        if (PodNetwork.DialledBy(probe.Command) is var (address, port))
        {
            Ready(one, probe.Container, network.Reaches(one, address, port));
        }
        else
        {
            processes.Probe(one, probe.Container, probe.Command, isReady => Ready(one, probe.Container, isReady));
        }

        return TimeSpan.FromMilliseconds(settings.ProbeMilliseconds);
    }

    private void Ready(StoredObject one, string container, bool isReady)
    {
        var seen = cluster.Still(one)?.Read().Objects("status", "containerStatuses").FirstOrDefault(s => s.Text("name") == container);
        if (seen is null || seen.Flag("ready") == isReady)
        {
            return;
        }

        cluster.Update(one.Address, value =>
        {
            foreach (var status in value.Objects("status", "containerStatuses").Where(s => s.Text("name") == container))
            {
                status["ready"] = isReady;
                status["started"] = isReady || status.Flag("started") == true;
            }

            foreach (var condition in (string[])["ContainersReady", "Ready"])
            {
                cluster.Condition(value, condition, isReady, isReady ? null : "ContainersNotReady", isReady ? null : $"containers with unready status: [{container}]");
            }
        });
    }
}
