using System.Collections.Immutable;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Images;
using static LabOrchestrator.Kubernetes.Rights.RequiredRight;

namespace LabOrchestrator.Kubernetes.Rights;

/// <summary>
/// Every right that the runtime uses, in one place: the roles under <c>deploy/</c> are made of it, and the doctor asks the cluster for
/// each. Server-side apply needs <c>patch</c>, and <c>create</c> where the object may not be there yet.
/// </summary>
internal static class RequiredRights
{
    /// <summary>Group under which KubeVirt serves the verbs and streams of its machines.</summary>
    public const string KubeVirtParts = "subresources.kubevirt.io";

    /// <summary>Name of the account, in an instance's namespace, that applies what a lab's author adds.</summary>
    public const string AuthorsAccount = "lab-author";

    /// <summary>The server's own rights, in every namespace.</summary>
    public static IReadOnlyList<RequiredRight> OfServer(KubernetesRuntimeOptions options) =>
    [
        .. ForEveryLab(),
        .. With(RightNeed.VirtualMachines, ForVirtualMachines()),
        .. With(RightNeed.Disks, ForDisks(options)),
        .. OfNetworks,
        .. With(RightNeed.Volumes,
        [
            On(Kinds.PersistentVolumeClaim,
                "Volumes of container machines, which outlive a reset and end with the instance's namespace. Those of a lab's author are watched, so that a missing one is made again.",
                "list", "watch", "create"),
        ]),
        .. With(RightNeed.AuthorsObjects, ForAuthorsObjects(options)),
        On(Kinds.Event, "Why a pod does not come on where its status does not say, as when its network cannot be made. Asked for only then.", "list") with { Need = RightNeed.Words },
    ];

    /// <summary>What labs with networks of their own need where Multus is.</summary>
    public static IReadOnlyList<RequiredRight> OfNetworks { get; } =
    [
        .. With(RightNeed.Networks,
        [
            On(Kinds.NetworkAttachmentDefinition,
                "Where Multus is: the networks of labs that have several or fix addresses, watched so that a missing one is made again. Nobody needs it elsewhere.",
                "list", "watch", "create", "patch"),
        ]),
    ];

    /// <summary>
    /// What the account of one instance's namespace may do, and the server by impersonating it: apply the objects that an author may add.
    /// </summary>
    public static IReadOnlyList<RequiredRight> OfAuthorsObjects { get; } =
    [
        .. new KubernetesKind[]
        {
            Kinds.ConfigMap, Kinds.Secret, Kinds.Service, Kinds.PersistentVolumeClaim, Kinds.Pod, Kinds.Deployment, Kinds.StatefulSet,
        }.Select(kind => On(kind, $"Objects of kind {kind.Name} that a lab's author adds.", "create", "patch") with { Need = RightNeed.AuthorsObjects }),
    ];

    private static RequiredRight[] ForEveryLab() =>
    [
        On(Kinds.Namespace, "A lab's instance is a namespace: made by a start, deleted by a stop, watched until it is gone.",
            "get", "list", "watch", "create", "patch", "delete"),
        On(Kinds.NetworkPolicy, "What keeps an instance's machines apart from everything else, watched so that a missing one is made again.", "list", "watch", "create", "patch"),
        On(Kinds.ResourceQuota, "The most that an instance may use.", "list", "watch", "create", "patch"),
        On(Kinds.LimitRange, "What pods of an instance get that ask for nothing themselves.", "list", "watch", "create", "patch"),
        On(Kinds.Service, "The names of the machines, and the address of the instance's name server.", "list", "watch", "create", "patch"),
        On(Kinds.Secret, "The machines' first settings with their passwords. Written, never read or listed.", "create", "patch"),
        On(Kinds.Pod, "Container machines and helpers; a reset deletes a machine's pod.", "list", "watch", "create", "patch", "delete"),
        OnPart(Kinds.Pod, "exec", "Terminals of container machines, web ports through the helper, and commands of checks. Kubernetes asks for get, and since 1.35 for create too.", "get", "create"),
        OnPart(Kinds.Pod, "log", "The last words of a machine that ended.", "get"),
        On(Kinds.StorageClass, "Whether there is storage for machines' disks.", "list"),
    ];

    private static RequiredRight[] ForVirtualMachines() =>
    [
        On(Kinds.VirtualMachine, "Virtual machines.", "list", "watch", "create", "patch"),
        On(Kinds.VirtualMachineInstance, "What virtual machines do: phase, node, guest agent; deleting one is a restart.", "list", "watch", "delete"),
        On(Kinds.KubeVirt, "KubeVirt's version and whether it emulates in software.", "list"),
        Part(Kinds.VirtualMachineInstance, "pause", "Pause.", "update"),
        Part(Kinds.VirtualMachineInstance, "unpause", "Go on after a pause.", "update"),
        Part(Kinds.VirtualMachineInstance, "vnc", "Screens.", "get"),
        Part(Kinds.VirtualMachineInstance, "vnc/screenshot", "Pictures of screens for overviews.", "get"),
        Part(Kinds.VirtualMachineInstance, "console", "Serial lines.", "get"),
    ];

    private static RequiredRight[] ForDisks(KubernetesRuntimeOptions options) =>
    [
        On(Kinds.DataVolume, "Disks of virtual machines and uploaded images; a reset deletes the former disk.",
            "list", "watch", "create", "delete"),
        On(Kinds.UploadTokenRequest, "Passing an uploaded image on to CDI.", "create"),
        .. UploadAuthorities.NamespaceOfBundle(options) is null ? Array.Empty<RequiredRight>() :
        [
            On(Kinds.ConfigMap, "The authority of CDI's upload proxy, which CDI renews every day.", "get") with { Name = UploadAuthorities.Bundle },
        ],
        On(Kinds.Cdi, "CDI's version.", "list"),
    ];

    private static RequiredRight[] ForAuthorsObjects(KubernetesRuntimeOptions options) =>
    [
        .. new KubernetesKind[] { Kinds.ConfigMap, Kinds.Deployment, Kinds.StatefulSet }.Select(
            kind => On(kind, "What a lab's author adds is watched, so that a missing one is made again.", "list", "watch")),
        On(Kinds.ServiceAccount, "An account for the objects that a lab's author adds, in the instance's namespace alone, watched so that nobody changes it.", "list", "watch", "create", "patch"),
        On(Kinds.ServiceAccount, "The server acts as that account when it applies them, and as no other.", "impersonate") with { Name = AuthorsAccount },
        On(Kinds.RoleBinding, "Gives that account its role in that namespace, watched so that nobody else gets it.", "list", "watch", "create", "patch"),
        On(Kinds.ClusterRole, "The only role that the server may give to anybody.", "bind") with { Name = options.ObjectsRole },
    ];

    private static IEnumerable<RequiredRight> With(RightNeed need, RequiredRight[] rights) => rights.Select(r => r with { Need = need });

    private static RequiredRight Part(KubernetesKind kind, string subresource, string purpose, params ImmutableArray<string> verbs) =>
        new(KubeVirtParts, kind.Plural, subresource, verbs, purpose);
}
