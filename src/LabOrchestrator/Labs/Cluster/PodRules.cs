using System.Collections.Frozen;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>
/// What pods that an author describes may ask for, whatever the namespace's level of Pod Security lets through: nothing that is a way to
/// the node, to the cluster's API or past the scheduler. What is not listed is refused, so that what Kubernetes learns tomorrow is too.
/// </summary>
internal static class PodRules
{
    private static readonly FrozenSet<string> Allowed =
    [
        "activeDeadlineSeconds", "affinity", "automountServiceAccountToken", "containers", "dnsConfig", "dnsPolicy", "enableServiceLinks",
        "hostAliases", "hostIPC", "hostNetwork", "hostPID", "hostUsers", "hostname", "imagePullSecrets", "initContainers", "nodeSelector", "os",
        "resources", "restartPolicy", "securityContext", "setHostnameAsFQDN", "shareProcessNamespace", "subdomain",
        "terminationGracePeriodSeconds", "tolerations", "topologySpreadConstraints", "volumes",
    ];

    private static readonly FrozenSet<string> OnlyFalse =
        ["automountServiceAccountToken", "hostIPC", "hostNetwork", "hostPID", "hostUsers", "shareProcessNamespace"];

    private static readonly FrozenSet<string> AllowedInContext =
    [
        "appArmorProfile", "fsGroup", "fsGroupChangePolicy", "runAsGroup", "runAsNonRoot", "runAsUser", "seccompProfile", "supplementalGroups",
        "supplementalGroupsPolicy", "sysctls",
    ];

    // Kubernetes' own list of those that reach no further than the pod.
    private static readonly FrozenSet<string> SafeSysctls =
    [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports", "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
    ];

    private static readonly FrozenSet<string> Volumes = ["configMap", "downwardAPI", "emptyDir", "name", "persistentVolumeClaim", "projected", "secret"];

    // A token of the cluster's API is among those that are not.
    private static readonly FrozenSet<string> ProjectedSources = ["configMap", "downwardAPI", "secret"];

    private static readonly string[] ContainerLists = ["containers", "initContainers"];

    /// <summary>Paths of what a pod's specification asks for and may not, for example <c>spec.containers[0].securityContext.privileged</c>.</summary>
    /// <param name="pod">The specification, or a part of one.</param>
    /// <param name="limits">How far its containers may go.</param>
    public static IEnumerable<string> Violations(ManifestPart pod, ContainerLimits limits) =>
    [
        .. pod.Beside(Allowed),
        .. pod.NotFalse(OnlyFalse),
        .. Tolerations(pod),
        .. pod.Part("resources") is { } resources ? ResourceRules.Violations(resources) : [],
        .. pod.Part("securityContext") is { } context ? OfContext(context) : [],
        .. ContainerLists.SelectMany(l => pod.Items(l)).SelectMany(c => ContainerRules.Violations(c, limits)),
        .. pod.Items("volumes").SelectMany(OfVolume),
    ];

    /// <summary>Paths of tolerations that lead to the nodes which the cluster itself is run by.</summary>
    public static IEnumerable<string> Tolerations(ManifestPart pod) =>
        from toleration in pod.Items("tolerations")
        where toleration.Text("key") is null or "" || toleration.Text("key")!.StartsWith("node-role.kubernetes.io/", StringComparison.Ordinal)
        select toleration.Path;

    private static IEnumerable<string> OfContext(ManifestPart context) =>
    [
        .. context.Beside(AllowedInContext),
        .. ContainerRules.Profiles(context),
        .. context.Items("sysctls").Where(s => !SafeSysctls.Contains(s.Text("name") ?? "")).Select(s => s.Path),
    ];

    private static IEnumerable<string> OfVolume(ManifestPart volume) =>
    [
        .. volume.Beside(Volumes),
        .. (volume.Part("projected")?.Items("sources") ?? []).SelectMany(s => s.Beside(ProjectedSources)),
    ];
}
