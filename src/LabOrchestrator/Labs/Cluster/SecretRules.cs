using System.Collections.Frozen;

namespace LabOrchestrator.Labs.Cluster;

/// <summary>What an author's Secret may be: a value that the author wrote, and never one that the cluster fills in.</summary>
internal static class SecretRules
{
    private static readonly FrozenSet<string> Allowed = ["apiVersion", "data", "immutable", "kind", "metadata", "stringData", "type"];

    private static readonly FrozenSet<string> Types =
    [
        "", "Opaque", "kubernetes.io/basic-auth", "kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson", "kubernetes.io/ssh-auth", "kubernetes.io/tls",
    ];

    /// <summary>Paths of what a Secret has and may not.</summary>
    public static IEnumerable<string> Violations(ManifestPart secret) =>
    [
        .. secret.Beside(Allowed),
        .. secret.Json["type"] is null || Types.Contains(secret.Text("type") ?? "?") ? Array.Empty<string>() : ["type"],
    ];
}
