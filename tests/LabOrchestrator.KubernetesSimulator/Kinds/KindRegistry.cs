using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Schemas;

namespace LabOrchestrator.KubernetesSimulator.Kinds;

/// <summary>The kinds served now: the built-in ones, and those that definitions add.</summary>
internal sealed class KindRegistry
{
    private readonly ConcurrentDictionary<(string Group, string Version, string Plural), ResourceKind> _kinds = new();

    public KindRegistry(SchemaCatalogue schemas)
    {
        Schemas = schemas;
        foreach (var (group, plural, kind, namespaced, status, shorts) in BuiltIn())
        {
            var version = "v1";
            var schema = schemas.Find((group.Length == 0 ? "" : group + "/") + version + "/" + kind) ?? Open(schemas);
            Add(new ResourceKind(group, version, kind, plural, namespaced, schema) { HasStatus = status, ShortNames = shorts.Split(' ', StringSplitOptions.RemoveEmptyEntries) });
        }
    }

    public SchemaCatalogue Schemas { get; }

    public IEnumerable<ResourceKind> All => _kinds.Values.OrderBy(k => k.Group, StringComparer.Ordinal).ThenBy(k => k.Plural, StringComparer.Ordinal);

    public ResourceKind? Find(string group, string version, string plural) => _kinds.GetValueOrDefault((group, version, plural));

    /// <summary>A kind whatever its version.</summary>
    public ResourceKind? Find(string group, string plural) => _kinds.Values.FirstOrDefault(k => k.Group == group && k.Plural == plural);

    public ResourceKind? OfKind(string? apiVersion, string? kind) => _kinds.Values.FirstOrDefault(k => k.Kind == kind && k.ApiVersion == apiVersion);

    public void Add(ResourceKind kind) => _kinds[(kind.Group, kind.Version, kind.Plural)] = kind;

    /// <summary>Serves what a CustomResourceDefinition defines.</summary>
    public void Define(JsonObject definition)
    {
        var spec = definition.Part("spec");
        foreach (var version in spec.Objects("versions").Where(v => v.Flag("served") == true))
        {
            var names = spec.Part("names");
            Add(new ResourceKind(
                spec.Text("group")!, version.Text("name")!, names.Text("kind")!, names.Text("plural")!,
                spec.Text("scope") != "Cluster", Whole(version.At("schema", "openAPIV3Schema")))
            {
                IsCustom = true,
                HasStatus = version.At("subresources", "status") is not null,
                ShortNames = [.. names.Texts("shortNames")],
            });
        }
    }

    /// <summary>Serves it no longer.</summary>
    public IReadOnlyList<ResourceKind> Undefine(string group, string plural)
    {
        var gone = _kinds.Values.Where(k => k.IsCustom && k.Group == group && k.Plural == plural).ToList();
        gone.ForEach(k => _kinds.TryRemove((k.Group, k.Version, k.Plural), out _));
        return gone;
    }

    /// <summary>A definition's schema does not tell apiVersion, kind and metadata in full: those are the same everywhere.</summary>
    private Schema Whole(JsonNode? schema)
    {
        var whole = schema?.DeepClone() as JsonObject ?? new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
        var properties = whole.Part("properties");
        properties["apiVersion"] = new JsonObject { ["type"] = "string" };
        properties["kind"] = new JsonObject { ["type"] = "string" };
        properties["metadata"] = new JsonObject { ["$ref"] = "metadata" };
        using var document = JsonDocument.Parse(whole.ToJsonString());
        return new Schema(document.RootElement.Clone(), _ => Schemas.Metadata);
    }

    private static Schema Open(SchemaCatalogue schemas)
    {
        using var document = JsonDocument.Parse(
            """{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"m"}}}""");
        return new Schema(document.RootElement.Clone(), _ => schemas.Metadata);
    }

    private static (string Group, string Plural, string Kind, bool Namespaced, bool Status, string Shorts)[] BuiltIn() =>
    [
        ("", "namespaces", "Namespace", false, true, "ns"),
        ("", "nodes", "Node", false, true, "no"),
        ("", "persistentvolumes", "PersistentVolume", false, true, "pv"),
        ("", "pods", "Pod", true, true, "po"),
        ("", "services", "Service", true, true, "svc"),
        ("", "configmaps", "ConfigMap", true, false, "cm"),
        ("", "secrets", "Secret", true, false, ""),
        ("", "persistentvolumeclaims", "PersistentVolumeClaim", true, true, "pvc"),
        ("", "resourcequotas", "ResourceQuota", true, true, "quota"),
        ("", "limitranges", "LimitRange", true, false, "limits"),
        ("", "serviceaccounts", "ServiceAccount", true, false, "sa"),
        ("", "events", "Event", true, false, "ev"),
        ("apps", "deployments", "Deployment", true, true, "deploy"),
        ("apps", "replicasets", "ReplicaSet", true, true, "rs"),
        ("apps", "statefulsets", "StatefulSet", true, true, "sts"),
        ("networking.k8s.io", "networkpolicies", "NetworkPolicy", true, false, "netpol"),
        ("networking.k8s.io", "ingresses", "Ingress", true, true, "ing"),
        ("rbac.authorization.k8s.io", "roles", "Role", true, false, ""),
        ("rbac.authorization.k8s.io", "rolebindings", "RoleBinding", true, false, ""),
        ("rbac.authorization.k8s.io", "clusterroles", "ClusterRole", false, false, ""),
        ("rbac.authorization.k8s.io", "clusterrolebindings", "ClusterRoleBinding", false, false, ""),
        ("storage.k8s.io", "storageclasses", "StorageClass", false, false, "sc"),
        ("coordination.k8s.io", "leases", "Lease", true, false, ""),
        ("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition", false, true, "crd crds"),
    ];
}
