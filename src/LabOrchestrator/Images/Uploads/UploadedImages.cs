using LabOrchestrator.Instances;

namespace LabOrchestrator.Images.Uploads;

/// <summary>Puts uploaded disks where the runtimes' machines find them, and into the catalogue.</summary>
public sealed class UploadedImages(
    IImageStore catalogue, ILabInstanceStore instances, IEnumerable<IDiskImageSink> sinks, ImageUploadLimits limits, TimeProvider time)
{
    private readonly IReadOnlyList<IDiskImageSink> _sinks = [.. sinks];

    // What was in use when it was last looked at, and since when the rest is known.
    private readonly HashSet<string> _used = [];
    private readonly Dictionary<string, DateTimeOffset> _strangers = [];

    /// <summary>The most bytes that may be unpacked where so many are free.</summary>
    internal long MostBytes(long free) => Math.Min(limits.DiskBytes, Math.Max(0, free - limits.MinimumFreeDiskBytes));

    /// <summary>Looks whether a file may become a disk of that format.</summary>
    /// <exception cref="DiskRefusedException">It may not.</exception>
    internal async Task<DiskImage> CheckAsync(ImageUpload upload, Stream file, string path, DiskFormat format, CancellationToken cancellationToken)
    {
        if ((await instances.ListImageReferencesAsync(cancellationToken).ConfigureAwait(false)).Contains(upload.Reference))
        {
            throw new DiskRefusedException(
                $"Labs that run still use {upload.Reference}, which is no longer in the catalogue. Send it as another version, or stop those labs.");
        }

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

    /// <summary>
    /// Forgets what an image that was in the catalogue was made of, if it was uploaded. What a lab that runs has stays, so that its
    /// machines can be reset, until <see cref="SweepAsync"/> finds that none has it.
    /// </summary>
    /// <exception cref="Runtimes.RuntimeUnavailableException">The engine is away.</exception>
    public async Task RemoveAsync(Image image, CancellationToken cancellationToken)
    {
        if (!ImageUpload.IsReference(image.Reference))
        {
            return;
        }

        if ((await instances.ListImageReferencesAsync(cancellationToken).ConfigureAwait(false)).Contains(image.Reference))
        {
            return;
        }

        foreach (var sink in _sinks)
        {
            await sink.RemoveAsync(image.Reference, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Forgets what was stored of images that are no longer in the catalogue, and that no lab has that runs. What this server never knew
    /// stays for <see cref="Orphans.KeptFor"/>: a restored database does not know what was uploaded after its backup. Not for several
    /// callers at once.
    /// </summary>
    /// <exception cref="Runtimes.RuntimeUnavailableException">The engine is away.</exception>
    public async Task SweepAsync(IImageUploadStore uploads, CancellationToken cancellationToken)
    {
        foreach (var sink in _sinks)
        {
            // In the order in which a disk goes its way: what moves on meanwhile is met later.
            var stored = await sink.ListAsync(cancellationToken).ConfigureAwait(false);
            if (stored.Count == 0)
            {
                continue;
            }

            var open = await uploads.ListAsync(cancellationToken).ConfigureAwait(false);
            var images = await catalogue.ListAsync(cancellationToken).ConfigureAwait(false);
            var used = await instances.ListImageReferencesAsync(cancellationToken).ConfigureAwait(false);
            HashSet<string> kept = [.. open.Where(u => !u.HasEnded).Select(u => u.Reference), .. images.Select(i => i.Reference), .. used];
            foreach (var reference in stored)
            {
                if (kept.Contains(reference))
                {
                    _used.Add(reference);
                    _strangers.Remove(reference);
                }
                else if (_used.Contains(reference) || time.GetUtcNow() - SeenAt(reference) >= Orphans.KeptFor)
                {
                    await sink.RemoveAsync(reference, cancellationToken).ConfigureAwait(false);
                    _strangers.Remove(reference);
                }
            }
        }
    }

    private DateTimeOffset SeenAt(string reference) =>
        _strangers.TryGetValue(reference, out var at) ? at : _strangers[reference] = time.GetUtcNow();
}
