using LabOrchestrator.Images;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>Reads which image a node runs where it was asked for one by a tag.</summary>
internal static class ResolvedImage
{
    private const string Pulled = "docker-pullable://";
    private const string DefaultRegistry = "docker.io";
    private const string Official = "library/";

    /// <summary>
    /// The digest by which a registry gives the image again, or null. An image that was loaded into a node (<c>kind load</c>,
    /// <c>minikube image load</c>) has none: what its node states instead is the name of an import, or the hash of its configuration.
    /// </summary>
    /// <param name="imageId">What the node says that it runs: <c>imageID</c> of a container's status.</param>
    /// <param name="image">What the container asks for.</param>
    public static string? DigestOf(string? imageId, string? image)
    {
        var name = imageId?.StartsWith(Pulled, StringComparison.Ordinal) == true ? imageId[Pulled.Length..] : imageId;
        return image is not null && StatedIn(name) is { } digest && RepositoryOf(name!) == RepositoryOf(image) ? digest : null;
    }

    /// <summary>The digest that a reference names, or null.</summary>
    public static string? StatedIn(string? reference)
    {
        var at = reference?.IndexOf("@sha256:", StringComparison.Ordinal) ?? -1;
        return at < 0 ? null : reference![(at + 1)..];
    }

    // Nodes write in full what references may leave out: docker.io, and library/ for what has one part.
    private static string RepositoryOf(string reference)
    {
        var name = ImageReference.RepositoryOf(reference);
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : name[..slash];
        var (registry, path) = first == "localhost" || first.AsSpan().ContainsAny('.', ':') ? (first, name[(slash + 1)..]) : (DefaultRegistry, name);
        registry = registry == "index.docker.io" ? DefaultRegistry : registry;
        return registry == DefaultRegistry && !path.Contains('/', StringComparison.Ordinal) ? $"{registry}/{Official}{path}" : $"{registry}/{path}";
    }
}
