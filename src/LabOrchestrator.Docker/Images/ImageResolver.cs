using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Images;

/// <summary>Finds images in the engine and fetches those that are missing.</summary>
internal sealed class ImageResolver(EngineClient engine, EngineNames names, IRegistryCredentials? credentials)
{
    /// <summary>The image, in the version of a digest where one is given.</summary>
    /// <exception cref="InstanceFailedException">It is not here and cannot be fetched.</exception>
    public async Task<ResolvedImage> ResolveAsync(string reference, string? digest, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        if (digest is not null && await engine.Images.FindAsync(digest, cancellationToken).ConfigureAwait(false) is { } byIdentity)
        {
            return new ResolvedImage(byIdentity.Id, digest, byIdentity.Config ?? new ImageConfig());
        }

        if (ImageUpload.IsReference(reference))
        {
            return await UploadedAsync(reference, digest, cancellationToken).ConfigureAwait(false);
        }

        var wanted = digest is null ? reference : $"{ImageReference.RepositoryOf(reference)}@{digest}";
        var image = await engine.Images.FindAsync(wanted, cancellationToken).ConfigureAwait(false);
        if (image is null)
        {
            await PullAsync(wanted, reference, progress, cancellationToken).ConfigureAwait(false);
            image = await engine.Images.FindAsync(wanted, cancellationToken).ConfigureAwait(false)
                ?? throw new EngineException(System.Net.HttpStatusCode.NotFound, $"The image {wanted} was fetched but is not there.");
        }

        return new ResolvedImage(image.Id, digest ?? DigestOf(image, reference), image.Config ?? new ImageConfig());
    }

    // No registry has it. Servers before this one named it as the catalogue does.
    private async Task<ResolvedImage> UploadedAsync(string reference, string? digest, CancellationToken cancellationToken)
    {
        var image = digest is not null ? null
            : await engine.Images.FindAsync(names.UploadedDisk(reference), cancellationToken).ConfigureAwait(false)
            ?? await engine.Images.FindAsync(reference, cancellationToken).ConfigureAwait(false);
        return image is not null
            ? new ResolvedImage(image.Id, DigestOf(image, reference), image.Config ?? new ImageConfig())
            : throw new InstanceFailedException(
                $"The uploaded disk {reference} is no longer on this machine in the version that is wanted. Upload it again, and start the lab anew.");
    }

    private async Task PullAsync(string wanted, string reference, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var registry = RegistryOf(reference);
        var credential = credentials is null ? null : await credentials.FindAsync(registry, cancellationToken).ConfigureAwait(false);
        var authentication = credential is null ? null : new RegistryAuthentication(credential.Username, credential.Password, registry);
        try
        {
            await engine.Images.PullAsync(wanted, authentication, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e)
        {
            throw new InstanceFailedException(
                $"The image {wanted} is not on this machine and could not be fetched: {e.Message.TrimEnd('.')}. "
                + "Build it (make images), load it, or correct its reference and the registry's credentials.",
                null,
                e);
        }
    }

    /// <summary>The registry of a reference, as the engine reads it.</summary>
    internal static string RegistryOf(string reference)
    {
        var first = reference.Split('/') is [var head, _, ..] ? head : "";
        return first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal) || first == "localhost"
            ? first
            : "docker.io";
    }

    // What was built here has no digest of a registry; its identity serves as well while it is here.
    internal static string DigestOf(ImageDetails image, string reference)
    {
        var prefix = ImageReference.RepositoryOf(reference) + "@";
        var digests = image.RepoDigests ?? [];
        var known = digests.FirstOrDefault(d => d.StartsWith(prefix, StringComparison.Ordinal)) ?? (digests.Count > 0 ? digests[0] : null);
        return known is null ? image.Id : known[(known.IndexOf('@', StringComparison.Ordinal) + 1)..];
    }
}

/// <summary>An image in the engine.</summary>
/// <param name="Id">Its identity there.</param>
/// <param name="Digest">By what it is found again.</param>
/// <param name="Config">What it says of its containers.</param>
internal sealed record ResolvedImage(string Id, string Digest, ImageConfig Config);
