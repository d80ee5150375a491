using System.Globalization;
using System.Text;
using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Api.Requests;

/// <summary>Paths and queries of the API server, everything escaped.</summary>
internal static class ApiPath
{
    /// <summary>Where all objects of a kind are, in one namespace or (null) all.</summary>
    public static string Of(KubernetesKind kind, string? @namespace) => Of(kind.Group, kind.Version, kind.Plural, @namespace);

    /// <summary>One object.</summary>
    public static string Of(KubernetesKind kind, string? @namespace, string name)
    {
        if (kind.Namespaced == string.IsNullOrEmpty(@namespace))
        {
            throw new ArgumentException(
                kind.Namespaced ? $"An object of kind {kind.Name} is in a namespace." : $"An object of kind {kind.Name} is in no namespace.", nameof(@namespace));
        }

        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"{Of(kind, @namespace)}/{Segment(name)}";
    }

    /// <summary>A part of one object.</summary>
    public static string Of(KubernetesKind kind, string? @namespace, string name, string subresource) =>
        $"{Of(kind, @namespace, name)}/{Segments(subresource)}";

    /// <summary>KubeVirt's verbs and streams, which an API of its own serves.</summary>
    public static string KubeVirt(KubernetesKind kind, string @namespace, string name, string subresource) =>
        $"{Of("subresources.kubevirt.io", "v1", kind.Plural, @namespace)}/{Segment(name)}/{Segments(subresource)}";

    /// <summary>The parameters that are not null, as a query with its question mark, or nothing.</summary>
    public static string Query(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = new StringBuilder();
        foreach (var (name, value) in parameters)
        {
            if (value is not null)
            {
                query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            }
        }

        return query.ToString();
    }

    public static string? Number(int? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string Of(string group, string version, string plural, string? @namespace)
    {
        var root = group.Length == 0 ? $"/api/{version}" : $"/apis/{group}/{version}";
        return string.IsNullOrEmpty(@namespace) ? $"{root}/{plural}" : $"{root}/namespaces/{Segment(@namespace)}/{plural}";
    }

    private static string Segments(string path) => string.Join('/', path.Split('/').Select(Segment));

    // A segment of dots would be removed from the path, and another object be meant.
    private static string Segment(string value) => value is "." or ".."
        ? throw new ArgumentException($"\"{value}\" is no name.", nameof(value))
        : Uri.EscapeDataString(value);
}
