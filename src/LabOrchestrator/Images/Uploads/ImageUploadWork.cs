using System.Globalization;
using System.Security.Cryptography;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Stores;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Images.Uploads;

/// <summary>
/// Makes images of what was uploaded, one after the other: looks at it, lets the runtimes store it, puts it into the catalogue. An upload
/// that was worked on when the server ended is begun anew; those that nobody goes on with are removed.
/// </summary>
public sealed partial class ImageUploadWork(
    ImageUploads uploads,
    IImageUploadStore store,
    UploadFiles files,
    UploadedImages images,
    TimeProvider time,
    ILogger<ImageUploadWork> logger)
{
    /// <summary>How long an upload waits for its next byte.</summary>
    public static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    /// <summary>How long is said how an upload ended.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(15);
    private const int BufferBytes = 1 << 20;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);

    private string? _trouble;
    private long? _sweptAt;

    /// <summary>Works until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                while (await WorkOnceAsync(cancellationToken).ConfigureAwait(false))
                {
                    // There may be more.
                }

                await SweepAsync(cancellationToken).ConfigureAwait(false);
                _trouble = null;
            }
            catch (Exception e) when (e is StoreUnavailableException or RuntimeUnavailableException)
            {
                if (e.Message != _trouble)
                {
                    LogWaiting(_trouble = e.Message);
                }
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // Whatever it is, the next uploads are to be worked on, and the host is not to end.
                if (e.Message != _trouble)
                {
                    _trouble = e.Message;
                    LogTrouble(e);
                }
            }

            await uploads.WaitAsync(LookEvery, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes what is abandoned and works on one upload; false when there was none to work on.</summary>
    public async Task<bool> WorkOnceAsync(CancellationToken cancellationToken)
    {
        ImageUpload? next = null;
        foreach (var upload in await store.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            var silent = time.GetUtcNow() - upload.UpdatedAt;
            var isWhole = files.LengthOf(upload.Id) == upload.Size;
            if (upload.HasEnded ? silent > Remembered : silent > Abandoned && !isWhole && !files.IsWritten(upload.Id))
            {
                await uploads.RemoveAsync(upload.Id, cancellationToken).ConfigureAwait(false);
            }
            else if (!upload.HasEnded && isWhole && !files.IsWritten(upload.Id))
            {
                // The list begins with the newest.
                next = upload;
            }
        }

        if (next is null)
        {
            return false;
        }

        await WorkAsync(next, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Removes versions that nothing uses any more, now and then.</summary>
    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (_sweptAt is { } at && time.GetElapsedTime(at) < SweepEvery)
        {
            return;
        }

        _sweptAt = time.GetTimestamp();
        try
        {
            await images.SweepAsync(store, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or StoreUnavailableException or RuntimeUnavailableException))
        {
            // Room that is freed later is no reason to take no uploads.
            LogNotSwept(e);
        }
    }

    private async Task WorkAsync(ImageUpload upload, CancellationToken cancellationToken)
    {
        using var work = uploads.BeginWork(upload.Id, cancellationToken);
        var report = new UploadReport(uploads, upload);
        string reason;
        try
        {
            await report.SayAsync(new DiskImageProgress(ImageUploadState.Checking)).ConfigureAwait(false);
            if (upload.Sha256 is { } expected)
            {
                await CheckHashAsync(upload, expected, report, work.Token).ConfigureAwait(false);
            }

            var disk = await LookAsync(upload, work.Token).ConfigureAwait(false);
            report.Format = disk.Format;
            var image = await images.StoreAsync(upload, disk, report.SayAsync, work.Token).ConfigureAwait(false);
            await report.EndAsync(u => u with { State = ImageUploadState.Ready, ImageId = image.Id }).ConfigureAwait(false);
            await files.RemoveAsync(upload.Id).ConfigureAwait(false);
            LogStored(upload.Name, upload.Reference);
            return;
        }
        catch (OperationCanceledException) when (work.Token.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await files.RemoveAsync(upload.Id).ConfigureAwait(false);
            return;
        }
        catch (DiskRefusedException e)
        {
            reason = e.Message;
        }
        catch (Exception e) when (e is not (OperationCanceledException or StoreUnavailableException or RuntimeUnavailableException))
        {
            LogFailed(e, upload.Name);
            reason = $"It could not be stored: {e.Message} The server's log has more; send it again when that is mended.";
        }

        await report.EndAsync(u => u with { State = ImageUploadState.Failed, Reason = reason }).ConfigureAwait(false);
        await files.RemoveAsync(upload.Id).ConfigureAwait(false);
    }

    private async Task CheckHashAsync(ImageUpload upload, string expected, UploadReport report, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = files.Open(upload.Id);
        var buffer = new byte[BufferBytes];
        while (await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            hash.AppendData(buffer, 0, count);
            await report.SayAsync(new DiskImageProgress(ImageUploadState.Checking, (int)(100 * file.Position / upload.Size))).ConfigureAwait(false);
        }

        var found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (!found.Equals(expected, StringComparison.OrdinalIgnoreCase))
        {
            throw new DiskRefusedException($"What arrived is not what was to be sent: its SHA-256 is {found}, and {expected} was announced. Send it again.");
        }
    }

    private async Task<DiskImage> LookAsync(ImageUpload upload, CancellationToken cancellationToken)
    {
        await using var file = files.Open(upload.Id);
        var format = await DiskContent.DetectAsync(file, cancellationToken).ConfigureAwait(false);
        if (format != DiskFormat.Ova)
        {
            return await images.CheckAsync(upload, file, files.PathOf(upload.Id), format, cancellationToken).ConfigureAwait(false);
        }

        await using (var target = files.Extract(upload.Id))
        {
            await OvaArchive.ExtractAsync(file, target, images.MostBytes(files.FreeBytes()), cancellationToken).ConfigureAwait(false);
        }

        await using var disk = File.OpenRead(files.ExtractPathOf(upload.Id));
        var inner = await DiskContent.DetectAsync(disk, cancellationToken).ConfigureAwait(false);
        return inner is DiskFormat.Ova or DiskFormat.Iso
            ? throw new DiskRefusedException(string.Create(CultureInfo.InvariantCulture, $"What the appliance calls its disk is none ({inner}). Export the machine again."))
            : await images.CheckAsync(upload, disk, files.ExtractPathOf(upload.Id), inner, cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(310, LogLevel.Information, "The uploaded disk \"{Name}\" is the image {Reference}.")]
    private partial void LogStored(string name, string reference);

    [LoggerMessage(311, LogLevel.Error, "The uploaded disk \"{Name}\" could not be stored.")]
    private partial void LogFailed(Exception exception, string name);

    [LoggerMessage(312, LogLevel.Warning, "Uploaded disks wait: {Reason}")]
    private partial void LogWaiting(string reason);

    [LoggerMessage(313, LogLevel.Warning, "Uploaded disks that nothing uses could not be removed; it is tried again later.")]
    private partial void LogNotSwept(Exception exception);

    [LoggerMessage(314, LogLevel.Error, "The work on uploaded disks met an unexpected error; it is tried again.")]
    private partial void LogTrouble(Exception exception);
}
