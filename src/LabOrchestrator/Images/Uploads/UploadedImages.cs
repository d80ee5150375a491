namespace LabOrchestrator.Images.Uploads;

/// <summary>Puts uploaded disks where the runtimes' machines find them, and into the catalogue.</summary>
public sealed class UploadedImages(IImageStore catalogue, IEnumerable<IDiskImageSink> sinks, ImageUploadLimits limits)
{
    private readonly IReadOnlyList<IDiskImageSink> _sinks = [.. sinks];

    /// <summary>The most bytes that may be unpacked where so many are free.</summary>
    internal long MostBytes(long free) => Math.Min(limits.DiskBytes, Math.Max(0, free - limits.MinimumFreeDiskBytes));

    /// <summary>Looks whether a file may become a disk of that format.</summary>
    /// <exception cref="DiskRefusedException">It may not.</exception>
    internal async Task<DiskImage> CheckAsync(ImageUpload upload, Stream file, string path, DiskFormat format, CancellationToken cancellationToken)
    {
        var bytes = await DiskStructure.CheckAsync(file, format, limits.DiskBytes, cancellationToken).ConfigureAwait(false);
        return new DiskImage(path, format, upload.Reference, limits.DiskBytes) { DiskBytes = bytes, Description = upload.Description, LoginUser = upload.LoginUser };
    }

    /// <summary>Stores a disk with every runtime that can, and puts it into the catalogue: as a new image, or as the next version of one.</summary>
    /// <exception cref="DiskRefusedException">The disk is no good, or its name was taken meanwhile.</exception>
    internal async Task<Image> StoreAsync(ImageUpload upload, DiskImage disk, Func<DiskImageProgress, Task> report, CancellationToken cancellationToken)
    {
        foreach (var sink in _sinks)
        {
            await sink.StoreAsync(disk, report, cancellationToken).ConfigureAwait(false);
        }

        var media = disk.Format == DiskFormat.Iso ? ImageMedia.Cdrom : ImageMedia.Disk;
        var image = new Image(0, upload.Name, upload.Reference, ImageKind.Vm, upload.Description)
        {
            LoginUser = upload.LoginUser,
            Hardware = upload.Hardware with { Media = media },
        };
        var old = (await catalogue.ListAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(i => i.Name == upload.Name);
        if (old is null && await catalogue.AddAsync(image, cancellationToken).ConfigureAwait(false) is { } added)
        {
            return added;
        }

        if (old is not null && ImageUpload.IsReference(old.Reference))
        {
            var next = image with { Id = old.Id };
            if (await catalogue.UpdateAsync(next, cancellationToken).ConfigureAwait(false))
            {
                await RemoveAsync(old, cancellationToken).ConfigureAwait(false);
                return next;
            }
        }

        throw new DiskRefusedException($"Another image was called \"{upload.Name}\" meanwhile. Send it by another name.");
    }

    /// <summary>Forgets what an image of the catalogue was made of, if it was uploaded.</summary>
    /// <exception cref="Runtimes.RuntimeUnavailableException">The engine is away.</exception>
    public async Task RemoveAsync(Image image, CancellationToken cancellationToken)
    {
        if (!ImageUpload.IsReference(image.Reference))
        {
            return;
        }

        foreach (var sink in _sinks)
        {
            await sink.RemoveAsync(image.Reference, cancellationToken).ConfigureAwait(false);
        }
    }
}
