namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>A port of a pod is served by a real listener of the test.</summary>
/// <param name="Pod">The pod's name; a trailing <c>*</c> stands for the rest of it.</param>
/// <param name="Port">The port inside the pod; 0: every one.</param>
/// <param name="TargetPort">The port of the listener.</param>
/// <param name="Host">Where it listens.</param>
/// <param name="Namespace">Null: every one.</param>
public sealed record ForwardedPort(string Pod, int Port, int TargetPort, string Host = "127.0.0.1", string? Namespace = null);

/// <summary>All of them; the newest wins.</summary>
internal sealed class ForwardedPorts
{
    private volatile ForwardedPort[] _ports = [];

    public void Add(ForwardedPort port) => _ports = [port, .. _ports];

    public void Clear() => _ports = [];

    public ForwardedPort? Find(string @namespace, string pod, int port) => Array.Find(_ports, p =>
        (p.Namespace is null || p.Namespace == @namespace) && (p.Port == 0 || p.Port == port)
        && (p.Pod.EndsWith('*') ? pod.StartsWith(p.Pod[..^1], StringComparison.Ordinal) : p.Pod == pod));
}
