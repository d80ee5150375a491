namespace LabOrchestrator.Images;

/// <summary>Finds images that are ready to be used and describe themselves by labels, so that the catalogue can be filled with them.</summary>
public interface IImageSource
{
    /// <summary>
    /// The images that carry <c>lab-orchestrator.kind</c> of <c>vm</c> or <c>container</c>, with <see cref="Image.Id"/> 0 and the last
    /// part of the reference (without tag) as name.
    /// </summary>
    /// <exception cref="Runtimes.RuntimeUnavailableException">The engine is away, or refuses to say it now.</exception>
    Task<IReadOnlyList<Image>> ListAsync(CancellationToken cancellationToken);
}
