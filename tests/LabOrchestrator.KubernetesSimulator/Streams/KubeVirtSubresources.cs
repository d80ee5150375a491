using LabOrchestrator.KubernetesSimulator.Requests;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>The names of KubeVirt's subresources and the verbs that they need.</summary>
internal static class KubeVirtSubresources
{
    public const string Group = "subresources.kubevirt.io";

    public static IReadOnlyList<(string Resource, string Name, string Verb)> All { get; } =
    [
        ("virtualmachines", "start", "update"), ("virtualmachines", "stop", "update"), ("virtualmachines", "restart", "update"),
        ("virtualmachineinstances", "pause", "update"), ("virtualmachineinstances", "unpause", "update"),
        ("virtualmachineinstances", "softreboot", "update"), ("virtualmachineinstances", "reset", "update"),
        ("virtualmachineinstances", "console", "get"), ("virtualmachineinstances", "vnc", "get"), ("virtualmachineinstances", "vnc/screenshot", "get"),
        ("virtualmachineinstances", "guestosinfo", "get"), ("virtualmachineinstances", "userlist", "get"), ("virtualmachineinstances", "filesystemlist", "get"),
    ];

    /// <summary>The right that a request needs: exec and port-forward need create as well as get since 1.35; here the stricter one is asked.</summary>
    public static RequestInfo Checked(RequestInfo request) =>
        request is { Group: "", Resource: "pods", Subresource: "exec" or "attach" or "portforward" } ? request with { Verb = "create" } : request;
}
