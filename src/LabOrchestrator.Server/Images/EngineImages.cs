using LabOrchestrator.Images;

namespace LabOrchestrator.Server.Images;

/// <summary>Takes the images that engines have under our labels into the catalogue.</summary>
internal sealed class EngineImages(IEnumerable<IImageSource> sources, IImageStore catalogue)
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>
    /// Takes in the images that are new, and returns all of the catalogue. What an admin changes or deletes afterwards stays so; only
    /// whether an image is a VM is for its label to say, for it cannot run as anything else.
    /// </summary>
    public async Task<IReadOnlyList<Image>> TakeInAsync(CancellationToken cancellationToken)
    {
        var known = (await catalogue.ListAsync(cancellationToken)).ToDictionary(i => i.Name, StringComparer.Ordinal);
        foreach (var source in sources)
        {
            foreach (var image in await source.ListAsync(cancellationToken))
            {
                if (!known.TryGetValue(image.Name, out var entry))
                {
                    if (!_seen.Contains(image.Reference))
                    {
                        await catalogue.AddAsync(image, cancellationToken);
                    }
                }
                else if (entry.Reference == image.Reference && entry.Kind != image.Kind)
                {
                    await catalogue.UpdateAsync(entry with { Kind = image.Kind }, cancellationToken);
                }

                _seen.Add(image.Reference);
            }
        }

        return await catalogue.ListAsync(cancellationToken);
    }
}
