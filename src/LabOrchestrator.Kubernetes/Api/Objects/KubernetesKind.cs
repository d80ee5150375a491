using System.Text.Json.Serialization.Metadata;

namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>A kind of object and where the API server keeps it.</summary>
/// <param name="group">Group, empty for the core.</param>
/// <param name="version">Version in the group.</param>
/// <param name="name">The kind's name, as in manifests.</param>
/// <param name="plural">Its name in paths.</param>
/// <param name="namespaced">Objects live in namespaces.</param>
internal abstract class KubernetesKind(string group, string version, string name, string plural, bool namespaced)
{
    public string Group { get; } = group;

    public string Version { get; } = version;

    public string Name { get; } = name;

    public string Plural { get; } = plural;

    public bool Namespaced { get; } = namespaced;

    /// <summary>As in manifests: <c>v1</c>, <c>apps/v1</c>.</summary>
    public string ApiVersion { get; } = group.Length == 0 ? version : $"{group}/{version}";

    /// <summary>The same kind, of whose objects only the metadata is read.</summary>
    public KubernetesKind<PlainObject> Plain() => new(Group, Version, Name, Plural, Namespaced, KubernetesJson.Default.PlainObject);

    public override string ToString() => $"{Plural}{(Group.Length == 0 ? "" : "." + Group)}";
}

/// <summary>A kind and the view that its objects are read as.</summary>
internal sealed class KubernetesKind<T>(
    string group, string version, string name, string plural, bool namespaced, JsonTypeInfo<T> type)
    : KubernetesKind(group, version, name, plural, namespaced)
    where T : KubernetesObject
{
    public JsonTypeInfo<T> Type { get; } = type;
}
