using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Rights;
using LabOrchestrator.Labs.Cluster;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>What a lab's author adds to each instance, and the account that may add it.</summary>
internal static class AuthorManifests
{
    // What pods get that ask for nothing, and one more while a Deployment changes over.
    private const long DefaultMemoryBytes = 64L << 20;

    /// <summary>The account; nothing runs under it.</summary>
    public static JsonObject Account(InstanceSpec instance, Installation installation)
    {
        var manifest = Manifest.Of(
            Kinds.ServiceAccount, LabNamespace.NameOf(instance), RequiredRights.AuthorsAccount, ClusterLabels.Of(installation, instance.InstanceId));
        manifest["automountServiceAccountToken"] = false;
        return manifest;
    }

    /// <summary>The account's one role, in its namespace alone.</summary>
    public static JsonObject Binding(InstanceSpec instance, Installation installation, KubernetesRuntimeOptions options)
    {
        var @namespace = LabNamespace.NameOf(instance);
        var manifest = Manifest.Of(Kinds.RoleBinding, @namespace, RequiredRights.AuthorsAccount, ClusterLabels.Of(installation, instance.InstanceId));
        manifest["roleRef"] = new JsonObject
        {
            ["apiGroup"] = "rbac.authorization.k8s.io",
            ["kind"] = "ClusterRole",
            ["name"] = options.ObjectsRole,
        };
        manifest["subjects"] = new JsonArray(new JsonObject
        {
            ["kind"] = "ServiceAccount",
            ["name"] = RequiredRights.AuthorsAccount,
            ["namespace"] = @namespace,
        });
        return manifest;
    }

    /// <summary>The objects, in the author's order. Their pods ask the instance's helper for names and have no way to the cluster's API.</summary>
    /// <exception cref="InstanceFailedException">An object has what no author's may: the lab was read before that was refused.</exception>
    public static IReadOnlyList<JsonObject> Objects(
        InstanceSpec instance, string nameServer, Installation installation, KubernetesRuntimeOptions options)
    {
        var written = Written(instance).ToList();
        var refused = written.SelectMany(o => ClusterObjectRules.Violations(o.Kind, o.Manifest).Select(p => $"{p} of the {o.Kind.Name} \"{Manifest.NameOf(o.Manifest)}\"")).ToList();
        return refused.Count == 0
            ? [.. written.Select(o => Object(o.Kind, o.Manifest, instance, nameServer, installation, options))]
            : throw new InstanceFailedException($"A lab may not add {string.Join(", ", refused)}. Remove that from lab.yaml and import it again.");
    }

    /// <summary>How many pods the objects may come to.</summary>
    public static long PodsOf(InstanceSpec instance) => Written(instance).Sum(o => CopiesOf(o.Kind, o.Manifest));

    /// <summary>How many of the objects are Secrets.</summary>
    public static int SecretsOf(InstanceSpec instance) => Written(instance).Count(o => o.Kind.Name == Kinds.Secret.Name);

    /// <summary>The memory that those pods ask for.</summary>
    public static long MemoryOf(InstanceSpec instance) =>
        Written(instance).Sum(o => CopiesOf(o.Kind, o.Manifest) * ContainersOf(PodsIn(o.Kind, o.Manifest)).Sum(MemoryOf));

    private static JsonObject Object(
        ClusterObjectKind kind, JsonObject manifest, InstanceSpec instance, string nameServer, Installation installation, KubernetesRuntimeOptions options)
    {
        manifest["metadata"]!["namespace"] = LabNamespace.NameOf(instance);
        Label(manifest, instance, installation);
        if (PodsIn(kind, manifest) is { } pods)
        {
            pods["automountServiceAccountToken"] = false;
            pods["enableServiceLinks"] = false;
            pods["dnsPolicy"] = "None";
            pods["dnsConfig"] = ContainerManifests.Dns(instance, nameServer, options);
            ConfinedContainers.ConfineAuthors(pods);
        }

        return manifest;
    }

    private static void Label(JsonObject manifest, InstanceSpec instance, Installation installation)
    {
        var metadata = manifest["metadata"]!.AsObject();
        var labels = metadata["labels"] as JsonObject ?? [];
        metadata["labels"] = labels;
        foreach (var (key, value) in ClusterLabels.Of(installation, instance.InstanceId))
        {
            labels[key] = value;
        }
    }

    private static IEnumerable<(ClusterObjectKind Kind, JsonObject Manifest)> Written(InstanceSpec instance) =>
        from text in instance.ClusterObjects
        let manifest = JsonNode.Parse(text)!.AsObject()
        let kind = ClusterObjectKind.Find((string?)manifest["apiVersion"], (string?)manifest["kind"])
            ?? throw new InstanceFailedException($"A lab may not add a {manifest["kind"]}. Remove it from lab.yaml and import the lab again.")
        select (kind, manifest);

    private static JsonObject? PodsIn(ClusterObjectKind kind, JsonObject manifest)
    {
        JsonNode? node = kind.PodSpec.IsEmpty ? null : manifest;
        foreach (var key in kind.PodSpec)
        {
            node = (node as JsonObject)?[key];
        }

        return node as JsonObject;
    }

    private static long CopiesOf(ClusterObjectKind kind, JsonObject manifest) => kind.PodSpec.Length switch
    {
        0 => 0,
        1 => 1,

        // One more while they are changed over.
        _ => 1 + (manifest["spec"]?["replicas"] is JsonValue value && value.TryGetValue<long>(out var replicas) ? replicas : 1),
    };

    private static IEnumerable<JsonObject> ContainersOf(JsonObject? pods) =>
        ((pods?["containers"] as JsonArray) ?? []).Concat((pods?["initContainers"] as JsonArray) ?? []).OfType<JsonObject>();

    private static long MemoryOf(JsonObject container)
    {
        var resources = container["resources"];
        var wanted = resources?["requests"]?["memory"] ?? resources?["limits"]?["memory"];
        return wanted is null ? DefaultMemoryBytes : Quantities.ToBytes(wanted.ToString()) ?? DefaultMemoryBytes;
    }
}
