using System.Collections.Immutable;
using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Rights;

/// <summary>Verbs on one resource of the cluster.</summary>
/// <param name="Group">The resource's group, empty for the core.</param>
/// <param name="Resource">Its plural.</param>
/// <param name="Subresource">A part of it, or null.</param>
/// <param name="Verbs">What is done with it.</param>
/// <param name="Purpose">Why, as one sentence for whoever gives the right.</param>
internal sealed record RequiredRight(string Group, string Resource, string? Subresource, ImmutableArray<string> Verbs, string Purpose)
{
    /// <summary>What does not work without it.</summary>
    public RightNeed Need { get; init; }

    /// <summary>The one object that it is for, or null for all.</summary>
    public string? Name { get; init; }

    /// <summary>Resource and part, as a rule of a role names them.</summary>
    public string Whole => Subresource is null ? Resource : $"{Resource}/{Subresource}";

    public static RequiredRight On(KubernetesKind kind, string purpose, params ImmutableArray<string> verbs) =>
        new(kind.Group, kind.Plural, null, verbs, purpose);

    public static RequiredRight OnPart(KubernetesKind kind, string subresource, string purpose, params ImmutableArray<string> verbs) =>
        new(kind.Group, kind.Plural, subresource, verbs, purpose);
}
