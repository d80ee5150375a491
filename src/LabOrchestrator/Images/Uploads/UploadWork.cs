namespace LabOrchestrator.Images.Uploads;

/// <summary>Work that somebody else may end.</summary>
internal sealed class UploadWork(CancellationToken cancellationToken, Action? ended = null) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private bool _hasEnded;

    /// <summary>Cancelled when it is to end.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Ends the work.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            if (!_hasEnded)
            {
                _source.Cancel();
            }
        }
    }

    public void Dispose()
    {
        ended?.Invoke();
        lock (_gate)
        {
            _hasEnded = true;
            _source.Dispose();
        }
    }
}

/// <summary>Says how far the work on an upload is: the state to the store, percentages to who asks.</summary>
internal sealed class UploadReport(ImageUploads uploads, ImageUpload upload)
{
    private ImageUploadState? _state;

    /// <summary>What the file is, once that is known.</summary>
    public DiskFormat? Format { get; set; }

    /// <summary>Says how far it is.</summary>
    public async Task SayAsync(DiskImageProgress progress)
    {
        uploads.Report(upload.Id, progress.Percent);
        if (progress.State != _state)
        {
            _state = progress.State;
            await uploads.ChangeAsync(upload with { State = progress.State, Format = Format }, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Says how it ended.</summary>
    public Task EndAsync(Func<ImageUpload, ImageUpload> change)
    {
        uploads.Report(upload.Id, null);
        return uploads.ChangeAsync(change(upload with { Format = Format }), CancellationToken.None);
    }
}
