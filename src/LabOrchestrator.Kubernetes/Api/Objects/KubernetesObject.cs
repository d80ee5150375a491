using System.Text.Json.Serialization;

namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>
/// An object as the API server tells it, with the fields that we use and no others. Objects are only read: what is sent is a
/// JSON manifest or patch, so that fields which this model lacks are never lost.
/// </summary>
internal abstract record KubernetesObject
{
    public ObjectMetadata Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>Namespace, or empty for an object of the whole cluster.</summary>
    [JsonIgnore]
    public string Namespace => Metadata.Namespace;

    [JsonIgnore]
    public string Name => Metadata.Name;

    /// <summary>Somebody deleted it, and finalizers or running processes hold it back.</summary>
    [JsonIgnore]
    public bool IsDeleting => Metadata.DeletionTimestamp is not null;
}

/// <summary>An object of a kind of which only the metadata is read.</summary>
internal sealed record PlainObject : KubernetesObject;
