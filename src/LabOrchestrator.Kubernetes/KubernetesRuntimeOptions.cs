namespace LabOrchestrator.Kubernetes;

/// <summary>Settings of the Kubernetes runtime, section <see cref="Section"/>.</summary>
public sealed class KubernetesRuntimeOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Kubernetes";

    /// <summary>The kubeconfig; by default <c>KUBECONFIG</c>, <c>~/.kube/config</c>, or in a pod its service account.</summary>
    public string? Kubeconfig { get; set; }

    /// <summary>The context of the kubeconfig; by default its current one.</summary>
    public string? Context { get; set; }

    /// <summary>Image of the instances' helpers, which also brings the keeper; the cluster's nodes must be able to pull it.</summary>
    public string HelperImage { get; set; } = "lab-orchestrator/helper:1";

    /// <summary>The cluster's DNS domain.</summary>
    public string ClusterDomain { get; set; } = "cluster.local";

    /// <summary>Where the cluster's name servers run, in the form <c>namespace/label=value</c>.</summary>
    public string ClusterDns { get; set; } = "kube-system/k8s-app=kube-dns";

    /// <summary>Namespace of the server itself, whose pods may reach the helpers; null where it runs outside.</summary>
    public string? ServerNamespace { get; set; }

    /// <summary>Storage class of the disks; by default the cluster's own default.</summary>
    public string? StorageClass { get; set; }

    /// <summary>Bytes of a disk where the lab sets no size: 8 GiB for VMs' disks, the most that containers may write.</summary>
    public long DiskBytes { get; set; } = 8L << 30;

    /// <summary>Ranges beyond the private ones that machines with access to the internet may not reach, as CIDR; comma-separated.</summary>
    public string Forbidden { get; set; } = "";

    /// <summary>Role that allows an instance's own account to apply what a lab's author adds; made with the deployment.</summary>
    public string ObjectsRole { get; set; } = "lab-orchestrator-objects";
}
