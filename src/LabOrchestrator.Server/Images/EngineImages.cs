using LabOrchestrator.Images;

namespace LabOrchestrator.Server.Images;

/// <summary>Takes the images that engines have under our labels into the catalogue.</summary>
internal sealed class EngineImages(IEnumerable<IImageSource> sources, IImageStore catalogue)
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>Takes in the images that are new; true when there was one. What an admin changes or deletes afterwards stays so.</summary>
    public async Task<bool> AddNewAsync(CancellationToken cancellationToken)
    {
        var known = (await catalogue.ListAsync(cancellationToken)).Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        var added = false;
        foreach (var source in sources)
        {
            foreach (var image in await source.ListAsync(cancellationToken))
            {
                if (!_seen.Contains(image.Reference) && !known.Contains(image.Name))
                {
                    added |= await catalogue.AddAsync(image, cancellationToken) is not null;
                }

                _seen.Add(image.Reference);
            }
        }

        return added;
    }
}
