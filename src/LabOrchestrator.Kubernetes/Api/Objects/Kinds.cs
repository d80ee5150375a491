using System.Text.Json.Serialization.Metadata;

namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>The kinds that we use.</summary>
internal static class Kinds
{
    private const string KubeVirtGroup = "kubevirt.io";
    private const string CdiGroup = "cdi.kubevirt.io";
    private const string RolesGroup = "rbac.authorization.k8s.io";
    private const string InstancetypeGroup = "instancetype.kubevirt.io";

    private static readonly KubernetesJson Json = KubernetesJson.Default;

    public static readonly KubernetesKind<Namespace> Namespace = Cluster("", "v1", "Namespace", "namespaces", Json.Namespace);
    public static readonly KubernetesKind<Node> Node = Cluster("", "v1", "Node", "nodes", Json.Node);
    public static readonly KubernetesKind<Pod> Pod = In("", "v1", "Pod", "pods", Json.Pod);
    public static readonly KubernetesKind<Service> Service = In("", "v1", "Service", "services", Json.Service);
    public static readonly KubernetesKind<ConfigMap> ConfigMap = In("", "v1", "ConfigMap", "configmaps", Json.ConfigMap);
    public static readonly KubernetesKind<Secret> Secret = In("", "v1", "Secret", "secrets", Json.Secret);
    public static readonly KubernetesKind<PersistentVolumeClaim> PersistentVolumeClaim =
        In("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", Json.PersistentVolumeClaim);
    public static readonly KubernetesKind<ResourceQuota> ResourceQuota = In("", "v1", "ResourceQuota", "resourcequotas", Json.ResourceQuota);
    public static readonly KubernetesKind<PlainObject> LimitRange = In("", "v1", "LimitRange", "limitranges", Json.PlainObject);
    public static readonly KubernetesKind<PlainObject> ServiceAccount = In("", "v1", "ServiceAccount", "serviceaccounts", Json.PlainObject);
    public static readonly KubernetesKind<Event> Event = In("", "v1", "Event", "events", Json.Event);
    public static readonly KubernetesKind<Workload> Deployment = In("apps", "v1", "Deployment", "deployments", Json.Workload);
    public static readonly KubernetesKind<Workload> StatefulSet = In("apps", "v1", "StatefulSet", "statefulsets", Json.Workload);
    public static readonly KubernetesKind<PlainObject> NetworkPolicy =
        In("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", Json.PlainObject);
    public static readonly KubernetesKind<PlainObject> Role = In(RolesGroup, "v1", "Role", "roles", Json.PlainObject);
    public static readonly KubernetesKind<PlainObject> RoleBinding = In(RolesGroup, "v1", "RoleBinding", "rolebindings", Json.PlainObject);
    public static readonly KubernetesKind<PlainObject> ClusterRole = Cluster(RolesGroup, "v1", "ClusterRole", "clusterroles", Json.PlainObject);
    public static readonly KubernetesKind<StorageClass> StorageClass =
        Cluster("storage.k8s.io", "v1", "StorageClass", "storageclasses", Json.StorageClass);
    public static readonly KubernetesKind<SelfSubjectAccessReview> SelfSubjectAccessReview =
        Cluster("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", Json.SelfSubjectAccessReview);

    public static readonly KubernetesKind<VirtualMachine> VirtualMachine =
        In(KubeVirtGroup, "v1", "VirtualMachine", "virtualmachines", Json.VirtualMachine);
    public static readonly KubernetesKind<VirtualMachineInstance> VirtualMachineInstance =
        In(KubeVirtGroup, "v1", "VirtualMachineInstance", "virtualmachineinstances", Json.VirtualMachineInstance);
    public static readonly KubernetesKind<OperatedInstallation> KubeVirt =
        In(KubeVirtGroup, "v1", "KubeVirt", "kubevirts", Json.OperatedInstallation);
    public static readonly KubernetesKind<PlainObject> ClusterInstancetype = Cluster(
        InstancetypeGroup, "v1beta1", "VirtualMachineClusterInstancetype", "virtualmachineclusterinstancetypes", Json.PlainObject);
    public static readonly KubernetesKind<PlainObject> ClusterPreference = Cluster(
        InstancetypeGroup, "v1beta1", "VirtualMachineClusterPreference", "virtualmachineclusterpreferences", Json.PlainObject);
    public static readonly KubernetesKind<DataVolume> DataVolume = In(CdiGroup, "v1beta1", "DataVolume", "datavolumes", Json.DataVolume);
    public static readonly KubernetesKind<OperatedInstallation> Cdi = Cluster(CdiGroup, "v1beta1", "CDI", "cdis", Json.OperatedInstallation);
    public static readonly KubernetesKind<UploadTokenRequest> UploadTokenRequest =
        In("upload.cdi.kubevirt.io", "v1beta1", "UploadTokenRequest", "uploadtokenrequests", Json.UploadTokenRequest);
    public static readonly KubernetesKind<PlainObject> NetworkAttachmentDefinition =
        In("k8s.cni.cncf.io", "v1", "NetworkAttachmentDefinition", "network-attachment-definitions", Json.PlainObject);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<KubernetesKind> All { get; } =
    [
        Namespace, Node, Pod, Service, ConfigMap, Secret, PersistentVolumeClaim, ResourceQuota, LimitRange, ServiceAccount, Event,
        Deployment, StatefulSet, NetworkPolicy, Role, RoleBinding, ClusterRole, StorageClass, SelfSubjectAccessReview,
        VirtualMachine, VirtualMachineInstance, KubeVirt, ClusterInstancetype, ClusterPreference, DataVolume, Cdi, UploadTokenRequest,
        NetworkAttachmentDefinition,
    ];

    /// <summary>The kind with these names, as a manifest states them, or null when it is none of ours.</summary>
    public static KubernetesKind? Find(string apiVersion, string kind) => All.FirstOrDefault(k => k.Name == kind && k.ApiVersion == apiVersion);

    private static KubernetesKind<T> In<T>(string group, string version, string name, string plural, JsonTypeInfo<T> type)
        where T : KubernetesObject => new(group, version, name, plural, namespaced: true, type);

    private static KubernetesKind<T> Cluster<T>(string group, string version, string name, string plural, JsonTypeInfo<T> type)
        where T : KubernetesObject => new(group, version, name, plural, namespaced: false, type);
}
