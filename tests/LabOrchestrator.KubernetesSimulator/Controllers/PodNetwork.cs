using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>
/// The network between pods. There are no packets: who reaches whom follows from the pods that run, the ports that their containers state,
/// and the network policies, where the cluster enforces those.
/// </summary>
internal sealed partial class PodNetwork(ObjectStore store, SimulatorSettings settings, Clock clock)
{
    /// <summary>The address and port that a command dials by socat, or null when it dials none.</summary>
    public static (string Address, int Port)? DialledBy(IEnumerable<string> command) =>
        Dialled().Match(string.Join(' ', command)) is { Success: true } dialled
            ? (dialled.Groups["address"].Value, int.Parse(dialled.Groups["port"].Value, CultureInfo.InvariantCulture))
            : null;

    /// <summary>Whether a pod reaches a port at an address.</summary>
    public bool Reaches(StoredObject from, string address, int port)
    {
        var pods = store.Of("", "pods");
        var target = pods.In(from.Namespace).Concat(pods.In(null)).Select(p => (Pod: p, Value: p.Read()))
            .FirstOrDefault(p => p.Value.Text("status", "podIP") == address && p.Value.Text("status", "phase") == "Running");
        if (target.Pod is null || !Listens(target.Value, port))
        {
            return false;
        }

        var policies = InForce(from.Namespace).Concat(target.Pod.Namespace == from.Namespace ? [] : InForce(target.Pod.Namespace)).ToList();
        return PolicyRules.Allow(policies, settings.EnforcedPolicyTypes, End(from, from.Read()), End(target.Pod, target.Value), port);
    }

    private static bool Listens(JsonObject pod, int port) =>
        pod.Objects("spec", "containers").Any(c => c.Objects("ports").Any(p => p.Number("containerPort") == port && (p.Text("protocol") ?? "TCP") == "TCP"));

    // As a network plug-in does, it takes a moment until a new policy is seen to.
    private IEnumerable<PolicyInForce> InForce(string @namespace) => store.Of("networking.k8s.io", "networkpolicies").In(@namespace)
        .Where(p => clock.Left(p.Uid, "enforcing", settings.PolicyMilliseconds) is null)
        .Select(p => new PolicyInForce(p.Namespace, p.Read().Part("spec")));

    private PolicyEnd End(StoredObject pod, JsonObject value) => new(pod.Namespace, value.Text("status", "podIP") ?? "0.0.0.0")
    {
        Labels = pod.Labels,
        NamespaceLabels = store.Of("", "namespaces").Find("", pod.Namespace)?.Labels ?? new Dictionary<string, string>(),
        Ports = value.Objects("spec", "containers").SelectMany(c => c.Objects("ports")).Where(p => p.Text("name") is not null)
            .ToDictionary(p => p.Text("name")!, p => (int)p.Number("containerPort")!),
    };

    [GeneratedRegex(@"\bsocat\b.*\bTCP4?:(?<address>[\d.]+):(?<port>\d+)")]
    private static partial Regex Dialled();
}
