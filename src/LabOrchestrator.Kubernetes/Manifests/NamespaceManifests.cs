using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>An instance's namespace and what bounds it.</summary>
internal static class NamespaceManifests
{
    // What KubeVirt charges a VM beyond its guest: libvirt, QEMU and video (kubevirt.md, 290 MiB) and a 512th of the guest.
    private const long VmOverheadBytes = 320L << 20;
    private const int VmOverheadShare = 512;

    /// <summary>Name of the quota.</summary>
    public const string QuotaName = "lab";

    /// <summary>What the quota calls the Secrets.</summary>
    public const string SecretsKey = "count/secrets";

    // What the cluster's own controllers keep in a namespace, such as the certificates of an upload.
    private const int SecretsOfOthers = 100;

    // An importer of a disk image lives beside the machines while it works.
    private const long ImporterBytes = 640L << 20;

    /// <summary>The namespace, with the level of Pod Security that its machines need.</summary>
    public static JsonObject Namespace(InstanceSpec instance, Installation installation)
    {
        var level = NeedsPrivileged(instance) ? "privileged" : "baseline";
        return Confined(LabNamespace.NameOf(instance), level, ClusterLabels.Of(installation, instance.InstanceId));
    }

    /// <summary>A namespace with a level of Pod Security.</summary>
    public static JsonObject Confined(string name, string level, Dictionary<string, string> labels)
    {
        labels["pod-security.kubernetes.io/enforce"] = level;
        labels["pod-security.kubernetes.io/warn"] = level;
        labels["pod-security.kubernetes.io/audit"] = level;
        return Manifest.Of(Kinds.Namespace, null, name, labels);
    }

    /// <summary>The most that the machines may use together. Nothing that opens a way in from outside can be made.</summary>
    public static JsonObject Quota(InstanceSpec instance, Installation installation)
    {
        var vms = instance.Machines.Count(m => m.Definition.Kind == ImageKind.Vm);
        var manifest = Manifest.Of(Kinds.ResourceQuota, LabNamespace.NameOf(instance), QuotaName, ClusterLabels.Of(installation, instance.InstanceId));
        manifest["spec"] = new JsonObject
        {
            ["hard"] = new JsonObject
            {
                // The helper, each machine, and while it is made an importer for each VM and a machine's successor.
                ["pods"] = $"{1 + (2 * instance.Machines.Length) + vms + AuthorManifests.PodsOf(instance)}",

                // Never reached: it has the cluster count them, which says when one is missing.
                [SecretsKey] = $"{SecretsOf(instance) + SecretsOfOthers}",
                ["services.loadbalancers"] = "0",
                ["services.nodeports"] = "0",
            },
        };
        if (instance.Machines.All(m => m.Definition.OnCluster?.Instancetype is null))
        {
            // What an instancetype asks for, the cluster alone knows.
            manifest["spec"]!["hard"]!["requests.memory"] = Quantities.Bytes(MemoryOf(instance));
        }

        return manifest;
    }

    /// <summary>How many Secrets an instance has of us: those with its machines' passwords, and its author's.</summary>
    public static int SecretsOf(InstanceSpec instance) =>
        instance.Machines.Count(m => m.Definition.Kind == ImageKind.Vm || !m.Credentials.IsEmpty) + AuthorManifests.SecretsOf(instance);

    /// <summary>What pods get that say nothing themselves: the importers of disk images.</summary>
    public static JsonObject Limits(InstanceSpec instance, Installation installation)
    {
        var manifest = Manifest.Of(Kinds.LimitRange, LabNamespace.NameOf(instance), "lab", ClusterLabels.Of(installation, instance.InstanceId));
        manifest["spec"] = new JsonObject
        {
            ["limits"] = new JsonArray(new JsonObject
            {
                ["type"] = "Container",

                // No default limit: a VM's launcher has none and asks for more than any that would fit the others.
                ["defaultRequest"] = new JsonObject { ["memory"] = "64Mi", ["cpu"] = "10m" },
            }),
        };
        return manifest;
    }

    /// <summary>Whether a machine has rights that Pod Security's level <c>baseline</c> refuses.</summary>
    internal static bool NeedsPrivileged(InstanceSpec instance) => instance.Machines.Any(m =>
        m.Definition.Kind == ImageKind.Container
        && m.Definition.Privileges.Any(p => p is MachinePrivilege.RawNetwork or MachinePrivilege.NetworkAdmin));

    private static long MemoryOf(InstanceSpec instance) => HelperManifests.MemoryBytes + AuthorManifests.MemoryOf(instance) + instance.Machines.Sum(m =>
        m.Definition.Kind == ImageKind.Vm
            ? m.Definition.MemoryBytes + (m.Definition.MemoryBytes / VmOverheadShare) + VmOverheadBytes + ImporterBytes
            : m.Definition.MemoryBytes + ContainerManifests.KeeperCopyBytes);
}
