using System.Collections.Frozen;
using System.Text.Json.Serialization;

namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>What every object has.</summary>
internal sealed record ObjectMetadata
{
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Empty for an object of the whole cluster.</summary>
    public string Namespace { get; init => field = value ?? ""; } = "";

    public string Uid { get; init => field = value ?? ""; } = "";

    /// <summary>Opaque: compare for equality only.</summary>
    public string ResourceVersion { get; init => field = value ?? ""; } = "";

    public long Generation { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }

    public DateTimeOffset? DeletionTimestamp { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? Nothing.Strings; } = Nothing.Strings;

    public IReadOnlyDictionary<string, string> Annotations { get; init => field = value ?? Nothing.Strings; } = Nothing.Strings;

    public IReadOnlyList<string> Finalizers { get; init => field = value ?? []; } = [];

    public IReadOnlyList<OwnerReference> OwnerReferences { get; init => field = value ?? []; } = [];

    /// <summary>Who set which fields; null where we set none.</summary>
    [JsonPropertyName("managedFields")]
    public FieldOwners? Owners { get; init; }
}

/// <summary>The object that an object belongs to.</summary>
internal sealed record OwnerReference(string Kind, string Name, string Uid);

/// <summary>Shared empty maps.</summary>
internal static class Nothing
{
    public static readonly IReadOnlyDictionary<string, string> Strings = FrozenDictionary<string, string>.Empty;
}
