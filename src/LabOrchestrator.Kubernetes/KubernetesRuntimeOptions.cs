using LabOrchestrator.Kubernetes.Images;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes;

/// <summary>Settings of the Kubernetes runtime, section <see cref="Section"/>.</summary>
public sealed class KubernetesRuntimeOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Kubernetes";

    // A lab has up to 20 networks, and its fixed subnets may lie in the range too.
    private const int LongestLabSubnets = 18;

    /// <summary>The kubeconfig; by default <c>KUBECONFIG</c>, <c>~/.kube/config</c>, or in a pod its service account.</summary>
    public string? Kubeconfig { get; set; }

    /// <summary>The context of the kubeconfig; by default its current one.</summary>
    public string? Context { get; set; }

    /// <summary>Image of the instances' helpers, which also brings the keeper; the cluster's nodes must be able to pull it.</summary>
    public string HelperImage { get; set; } = "lab-orchestrator/helper:1";

    /// <summary>Where the base images are that the cluster's nodes pull: what comes before <c>/terminal:1</c>, for example <c>registry.example.org/labs</c>.</summary>
    public string BaseImages { get; set; } = "lab-orchestrator";

    /// <summary>The cluster's DNS domain.</summary>
    public string ClusterDomain { get; set; } = "cluster.local";

    /// <summary>Where the cluster's name servers run, in the form <c>namespace/label=value</c>.</summary>
    public string ClusterDns { get; set; } = "kube-system/k8s-app=kube-dns";

    /// <summary>Namespace of the server itself, whose pods may reach the helpers; null where it runs outside.</summary>
    public string? ServerNamespace { get; set; }

    /// <summary>
    /// Range of the subnets of labs that have several networks and do not fix them, /18 or larger; every instance has the same. It must not
    /// overlap what the cluster gives to pods and services.
    /// </summary>
    public string LabSubnets { get; set; } = "10.213.0.0/16";

    /// <summary>Storage class of the disks; by default the cluster's own default.</summary>
    public string? StorageClass { get; set; }

    /// <summary>Bytes of a disk where the lab sets no size: 8 GiB for VMs' disks, the most that containers may write.</summary>
    public long DiskBytes { get; set; } = 8L << 30;

    /// <summary>How long a machine may take to start without getting any further before that counts as failed, in seconds: 600.</summary>
    public int StartSeconds { get; set; } = 600;

    /// <summary>How long a machine waits for room on the cluster's nodes before its start counts as failed, in seconds: 300.</summary>
    public int RoomSeconds { get; set; } = 300;

    /// <summary>How long the end of an instance is waited for before what blocks it is said, in seconds: 60.</summary>
    public int EndSeconds { get; set; } = 60;

    /// <summary>
    /// How long a command in a VM may take, in seconds: 20. KubeVirt looks ten times in it whether the command has ended, so its answer comes up to a
    /// tenth of it late.
    /// </summary>
    public int GuestCommandSeconds { get; set; } = 20;

    /// <summary>Requests per second to the API server on average; 0 is no limit.</summary>
    public int RequestsPerSecond { get; set; } = 50;

    /// <summary>Ranges beyond the private ones that machines with access to the internet may not reach, as CIDR; comma-separated.</summary>
    public string Forbidden { get; set; } = "";

    /// <summary>Role that allows an instance's own account to apply what a lab's author adds; made with the deployment.</summary>
    public string ObjectsRole { get; set; } = "lab-orchestrator-objects";

    /// <summary>Namespace of the disks of uploaded images, from which the machines' disks are cloned.</summary>
    public string ImagesNamespace { get; set; } = "lab-orchestrator-images";

    /// <summary>Address of CDI's upload proxy, which takes uploaded disks in.</summary>
    public string UploadProxy { get; set; } = "https://cdi-uploadproxy.cdi.svc";

    /// <summary>
    /// File with the certificate authority of the upload proxy, as PEM, read for each upload; by default those that CDI publishes for its
    /// service are believed, and the system's for another address.
    /// </summary>
    public string? UploadProxyAuthority { get; set; }

    /// <summary>What is wrong with the settings; each sentence begins with the key.</summary>
    public IReadOnlyList<string> Validate()
    {
        var mistakes = new List<string>();
        if (Kubeconfig is { } files && !files.Split(':').All(Path.IsPathFullyQualified))
        {
            mistakes.Add($"{Section}__Kubeconfig must be the absolute path of a kubeconfig, or several with colons between, not \"{files}\".");
        }

        foreach (var (key, name) in new[] { (nameof(ClusterDomain), ClusterDomain), (nameof(StorageClass), StorageClass), (nameof(ObjectsRole), ObjectsRole) })
        {
            if (name is not null && !ClusterName.IsDomain(name))
            {
                mistakes.Add($"{Section}__{key} must be a name of small letters, digits, dots and hyphens, not \"{name}\".");
            }
        }

        if (!ClusterName.IsLabel(ImagesNamespace))
        {
            mistakes.Add($"{Section}__ImagesNamespace must be the name of a namespace, not \"{ImagesNamespace}\".");
        }

        if (!Uri.TryCreate(UploadProxy, UriKind.Absolute, out var proxy) || (proxy.Scheme != Uri.UriSchemeHttps && !proxy.IsLoopback))
        {
            mistakes.Add($"{Section}__UploadProxy must be an https:// address, not \"{UploadProxy}\".");
        }

        if (UploadProxyAuthority is { } file && UploadAuthorities.MistakeIn(file) is { } mistake)
        {
            mistakes.Add(
                $"{Section}__UploadProxyAuthority must be a file with the certificate authority of CDI's upload proxy as PEM: {mistake} "
                + "Leave it out where the proxy is CDI's own service, whose authority the server reads from the cluster.");
        }

        if (ServerNamespace is { } server && !ClusterName.IsLabel(server))
        {
            mistakes.Add($"{Section}__ServerNamespace must be the name of a namespace, not \"{server}\".");
        }

        try
        {
            PolicyManifests.Selector(ClusterDns);
        }
        catch (FormatException e)
        {
            mistakes.Add($"{Section}__ClusterDns is wrong: {e.Message}");
        }

        if (!Ipv4Subnet.TryParse(LabSubnets, out var subnets) || subnets.Prefix is < 8 or > LongestLabSubnets)
        {
            mistakes.Add($"{Section}__LabSubnets must be an IPv4 subnet from /8 to /{LongestLabSubnets}, such as 10.213.0.0/16, not \"{LabSubnets}\".");
        }

        if (DiskBytes < 16 << 20)
        {
            mistakes.Add($"{Section}__DiskBytes must be at least 16777216 (16 MiB), not {DiskBytes}.");
        }

        (string Key, int Seconds)[] times =
            [(nameof(StartSeconds), StartSeconds), (nameof(RoomSeconds), RoomSeconds), (nameof(EndSeconds), EndSeconds), (nameof(GuestCommandSeconds), GuestCommandSeconds)];
        foreach (var (key, seconds) in times)
        {
            if (seconds < 1)
            {
                mistakes.Add($"{Section}__{key} must be at least 1 second, not {seconds}.");
            }
        }

        if (RequestsPerSecond < 0)
        {
            mistakes.Add($"{Section}__RequestsPerSecond must be 0 (no limit) or more, not {RequestsPerSecond}.");
        }

        foreach (var range in ForbiddenRanges())
        {
            // Kubernetes takes an exception only where it is less than what it is an exception of.
            if (!Ipv4Subnet.TryParse(range, out var subnet) || subnet.Prefix == 0)
            {
                mistakes.Add($"{Section}__Forbidden must be IPv4 subnets such as 203.0.113.0/24 with commas between; \"{range}\" is none.");
            }
        }

        return mistakes;
    }

    /// <summary>What <see cref="Forbidden"/> lists.</summary>
    internal string[] ForbiddenRanges() => Forbidden.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
