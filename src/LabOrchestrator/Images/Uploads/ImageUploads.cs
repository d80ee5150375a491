using System.Collections.Concurrent;
using System.Threading.Channels;

namespace LabOrchestrator.Images.Uploads;

/// <summary>Takes disks in, piece by piece, that are to become images. What happens after the last byte is <see cref="ImageUploadWork"/>'s.</summary>
public sealed class ImageUploads(
    IImageUploadStore store, IImageStore catalogue, UploadFiles files, ImageUploadLimits limits, IEnumerable<IDiskImageSink> sinks, TimeProvider time)
    : IDisposable
{
    // The upload, its copy in the engine, and the image.
    private const int RoomPerByte = 3;

    private readonly ConcurrentDictionary<long, int> _percents = new();
    private readonly ConcurrentDictionary<long, UploadWork> _work = new();
    private readonly SemaphoreSlim _begin = new(1, 1);
    private readonly Channel<bool> _waiting = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IReadOnlyList<IDiskImageSink> _sinks = [.. sinks];

    /// <summary>Begins an upload.</summary>
    /// <param name="wanted">What is to be sent; its version empty for the next one of its name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<BegunUpload> BeginAsync(ImageUpload wanted, CancellationToken cancellationToken)
    {
        // One after the other, so that two do not get the same name or the same room.
        await _begin.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var open = (await store.ListAsync(cancellationToken).ConfigureAwait(false)).Where(u => !u.HasEnded).ToList();
            var images = await catalogue.ListAsync(cancellationToken).ConfigureAwait(false);
            wanted = wanted.Version.Length > 0 ? wanted : wanted with { Version = NextVersion(images.FirstOrDefault(i => i.Name == wanted.Name)) };
            if (Refuse(wanted, open, images) is { } refusal)
            {
                return refusal;
            }

            var upload = await store.AddAsync(wanted, cancellationToken).ConfigureAwait(false);
            files.Begin(upload.Id);
            return new BegunUpload(StatusOf(upload), null, null);
        }
        finally
        {
            _begin.Release();
        }
    }

    /// <summary>An upload, or null.</summary>
    public async Task<ImageUploadStatus?> FindAsync(long id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } upload ? StatusOf(upload) : null;

    /// <summary>All uploads, newest first.</summary>
    public async Task<IReadOnlyList<ImageUploadStatus>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await store.ListAsync(cancellationToken).ConfigureAwait(false)).Select(StatusOf)];

    /// <summary>Appends bytes; the last one sets the work going. What came before a connection broke is kept.</summary>
    /// <param name="upload">An upload whose bytes are missing.</param>
    /// <param name="offset">Bytes that are here already, as the sender believes.</param>
    /// <param name="bytes">What follows.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<AppendedBytes> AppendAsync(ImageUpload upload, long offset, Stream bytes, CancellationToken cancellationToken)
    {
        if (files.LengthOf(upload.Id) is null)
        {
            // Begun by a server that died before it made the file, or that has its data elsewhere.
            files.Begin(upload.Id);
        }

        try
        {
            var appended = await files.AppendAsync(upload.Id, offset, upload.Size, bytes, a => NoteAsync(upload, a), cancellationToken).ConfigureAwait(false);
            if (appended.Length == upload.Size)
            {
                // Only now: what is still written is not looked at.
                _waiting.Writer.TryWrite(true);
            }

            return appended;
        }
        finally
        {
            if (await store.FindAsync(upload.Id, CancellationToken.None).ConfigureAwait(false) is { State: ImageUploadState.Uploading } still)
            {
                await ChangeAsync(still, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task NoteAsync(ImageUpload upload, AppendedBytes appended)
    {
        if (appended is { Trouble: null } && appended.Length == upload.Size)
        {
            await ChangeAsync(upload with { State = ImageUploadState.Checking }, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets an upload with its bytes, whatever it does just now; an image that it became stays. False when there is none.</summary>
    public async Task<bool> RemoveAsync(long id, CancellationToken cancellationToken)
    {
        if (!await store.RemoveAsync(id, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        _work.GetValueOrDefault(id)?.Stop();
        await files.RemoveAsync(id).ConfigureAwait(false);
        _percents.TryRemove(id, out _);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _begin.Dispose();

    /// <summary>Says that an upload is worked on, so that its removal ends that.</summary>
    internal UploadWork BeginWork(long id, CancellationToken cancellationToken) => _work[id] = new UploadWork(cancellationToken, () => _work.TryRemove(id, out _));

    /// <summary>Waits until bytes of an upload are complete, or for a while.</summary>
    internal async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await _waiting.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to look round.
        }
    }

    /// <summary>Notes how far the work on an upload is.</summary>
    internal void Report(long id, int? percent)
    {
        if (percent is { } known)
        {
            _percents[id] = known;
        }
        else
        {
            _percents.TryRemove(id, out _);
        }
    }

    /// <summary>Stores a change; false when the upload is gone.</summary>
    internal Task<bool> ChangeAsync(ImageUpload upload, CancellationToken cancellationToken) =>
        store.UpdateAsync(upload with { UpdatedAt = time.GetUtcNow() }, cancellationToken);

    private BegunUpload? Refuse(ImageUpload wanted, List<ImageUpload> open, IReadOnlyList<Image> images)
    {
        if (_sinks.Count == 0)
        {
            return Refused(UploadRefusal.Conflict, "The configured runtime cannot store disks. Configure one that can (Runtime__Name).");
        }

        if (wanted.Size > limits.UploadBytes)
        {
            return Refused(UploadRefusal.TooLarge, $"At most {limits.UploadBytes} bytes are taken, and these are {wanted.Size}. Shrink the disk, or raise Images__UploadBytes.");
        }

        if (images.Any(i => i.Reference == wanted.Reference))
        {
            return Refused(UploadRefusal.Conflict, $"There is an image {wanted.Reference} already. Choose another version or another name.");
        }

        if (images.Any(i => i.Name == wanted.Name && !ImageUpload.IsReference(i.Reference)))
        {
            return Refused(UploadRefusal.Conflict, $"Another image is called \"{wanted.Name}\", and was not uploaded. Choose another name.");
        }

        if (open.Any(u => u.Name == wanted.Name || u.Reference == wanted.Reference))
        {
            return Refused(UploadRefusal.Conflict, $"\"{wanted.Name}\" is being uploaded already. Go on with that upload, or remove it.");
        }

        if (open.Count >= limits.Uploads)
        {
            return Refused(UploadRefusal.Conflict, $"{open.Count} uploads are under way, which is the most at once. Finish or remove one of them.");
        }

        var needed = (open.Sum(u => u.Size - (files.LengthOf(u.Id) ?? 0)) + wanted.Size) * RoomPerByte;
        var free = files.FreeBytes() - limits.MinimumFreeDiskBytes;
        return needed > free
            ? Refused(UploadRefusal.NoRoom, $"It needs {needed >> 20} MiB of free disk, and {Math.Max(0, free >> 20)} MiB can be used. Make room, and begin again.")
            : null;
    }

    private ImageUploadStatus StatusOf(ImageUpload upload) => new(
        upload,
        upload.State == ImageUploadState.Uploading ? files.LengthOf(upload.Id) ?? 0 : upload.Size,
        upload.HasEnded ? null : _percents.TryGetValue(upload.Id, out var percent) ? percent : null);

    private static string NextVersion(Image? image) =>
        image is not null && int.TryParse(image.Reference[(image.Reference.LastIndexOf(':') + 1)..], out var number) ? $"{number + 1}" : "1";

    private static BegunUpload Refused(UploadRefusal kind, string reason) => new(null, kind, reason);
}

/// <summary>An upload as it is now.</summary>
/// <param name="Upload">The upload.</param>
/// <param name="Offset">Bytes that are here.</param>
/// <param name="Percent">Percent of what is done with them; null when nothing is, or when it is unknown.</param>
public sealed record ImageUploadStatus(ImageUpload Upload, long Offset, int? Percent);

/// <summary>An upload that was begun, or why it was not.</summary>
/// <param name="Status">The upload.</param>
/// <param name="Refusal">Why not.</param>
/// <param name="Reason">Why not, in words.</param>
public sealed record BegunUpload(ImageUploadStatus? Status, UploadRefusal? Refusal, string? Reason);

/// <summary>Why an upload is not begun.</summary>
public enum UploadRefusal
{
    /// <summary>Something else has the name, or the server has enough to do.</summary>
    Conflict,

    /// <summary>It is larger than anything that is taken.</summary>
    TooLarge,

    /// <summary>There is no room on the disk.</summary>
    NoRoom,
}
