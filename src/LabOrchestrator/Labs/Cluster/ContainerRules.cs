using System.Collections.Frozen;
using System.Text.Json.Nodes;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>What a container that an author describes may ask for.</summary>
internal static class ContainerRules
{
    private static readonly FrozenSet<string> Allowed =
    [
        "args", "command", "env", "envFrom", "image", "imagePullPolicy", "lifecycle", "livenessProbe", "name", "ports", "readinessProbe",
        "resizePolicy", "resources", "restartPolicy", "securityContext", "startupProbe", "stdin", "stdinOnce", "terminationMessagePath",
        "terminationMessagePolicy", "tty", "volumeDevices", "volumeMounts", "workingDir",
    ];

    private static readonly FrozenSet<string> AllowedInContext =
    [
        "allowPrivilegeEscalation", "appArmorProfile", "capabilities", "privileged", "readOnlyRootFilesystem", "runAsGroup", "runAsNonRoot",
        "runAsUser", "seccompProfile",
    ];

    private static readonly FrozenSet<string> OnlyFalse = ["privileged"];
    private static readonly FrozenSet<string> OnlyFalseWithoutSudo = ["allowPrivilegeEscalation", "privileged"];
    private static readonly FrozenSet<string> Confining = ["RuntimeDefault", "Localhost"];
    private static readonly string[] Profiled = ["seccompProfile", "appArmorProfile"];
    private static readonly string[] Probes = ["livenessProbe", "readinessProbe", "startupProbe"];
    private static readonly string[] Hooks = ["postStart", "preStop"];
    private static readonly string[] Calls = ["httpGet", "tcpSocket"];
    private static readonly string[] NodePorts = ["hostIP", "hostPort"];

    /// <summary>Paths of what a container asks for and may not.</summary>
    /// <param name="container">The container, or a part of it.</param>
    /// <param name="limits">How far it may go.</param>
    public static IEnumerable<string> Violations(ManifestPart container, ContainerLimits limits) =>
    [
        .. container.Beside(Allowed),
        .. container.Part("securityContext") is { } context ? OfContext(context, limits) : [],
        .. container.Part("resources") is { } resources ? ResourceRules.Violations(resources) : [],
        .. container.Items("ports").SelectMany(p => NodePorts.Where(k => p.Json[k] is not null).Select(p.At)),
        .. container.Items("volumeMounts").Where(m => m.Text("mountPropagation") is not (null or "None")).Select(m => m.At("mountPropagation")),
        .. OutsideCalls(container),
    ];

    /// <summary>Paths of profiles that confine nothing.</summary>
    public static IEnumerable<string> Profiles(ManifestPart context) =>
        from key in Profiled
        let profile = context.Part(key)
        where profile is not null && !Confining.Contains(profile.Value.Text("type") ?? "")
        select profile.Value.At("type");

    /// <summary>Paths of calls to other hosts in the checks of a container or VM: the node makes them, with the node's network.</summary>
    public static IEnumerable<string> OutsideCalls(ManifestPart container) =>
        from action in Probes.Select(container.Part).Concat(Hooks.Select(h => container.Part("lifecycle")?.Part(h)))
        from call in Calls.Select(c => action?.Part(c))
        where call?.Json["host"] is not null
        select call.Value.At("host");

    private static IEnumerable<string> OfContext(ManifestPart context, ContainerLimits limits)
    {
        var path = context.At("capabilities.add");
        return
        [
            .. context.Beside(AllowedInContext),
            .. context.NotFalse(limits.MayEscalate ? OnlyFalse : OnlyFalseWithoutSudo),
            .. Profiles(context),
            .. (context.Part("capabilities")?.Json["add"] as JsonArray ?? [])
                .Where(c => !limits.Capabilities.Contains(c is JsonValue value && value.TryGetValue<string>(out var name) ? name : ""))
                .Select(c => $"{path}[{c!.GetElementIndex()}]"),
        ];
    }
}
