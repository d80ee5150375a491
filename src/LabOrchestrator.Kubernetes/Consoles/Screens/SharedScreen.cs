using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Consoles.Screens;

/// <summary>
/// A VM's screen for several viewers. KubeVirt has one session for it, and a second would throw the first out: we hold that one while
/// somebody looks, and are an RFB server to each viewer.
/// </summary>
internal sealed class SharedScreen(Func<CancellationToken, Task<Stream>> open) : IScreenEvents, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly List<ScreenViewer> _viewers = [];
    private ScreenSource? _source;

    /// <summary>Another viewer.</summary>
    /// <exception cref="ConsoleUnavailableException">The screen cannot be opened.</exception>
    public async Task<Stream> AttachAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var source = _source;
            if (source is null)
            {
                var stream = await open(cancellationToken).ConfigureAwait(false);
                try
                {
                    source = await ScreenSource.BeginAsync(stream, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception)
                {
                    await stream.DisposeAsync().ConfigureAwait(false);
                    throw;
                }

                _source = source;
                _ = RunAsync(source);
                await source.AskAsync(everything: true).ConfigureAwait(false);
            }

            var viewer = new ScreenViewer(this, source);
            lock (_lock)
            {
                _viewers.Add(viewer);
            }

            viewer.Start();
            return viewer.Stream;
        }
        finally
        {
            _opening.Release();
        }
    }

    public void Painted(ScreenArea area) => Each(v => v.Painted(area));

    public void Resized() => Each(v => v.Resized());

    public void Answered()
    {
        var isWanted = false;
        Each(v => isWanted |= v.Answered());
        if (isWanted)
        {
            Ask();
        }
    }

    public void Tell(byte[] message) => Each(v => v.Tell(message));

    /// <summary>A viewer waits for changes.</summary>
    public void Ask()
    {
        if (_source is { } source)
        {
            _ = AskAsync(source);
        }
    }

    /// <summary>A viewer is gone; with the last one the session ends.</summary>
    public void Leave(ScreenViewer viewer)
    {
        lock (_lock)
        {
            _viewers.Remove(viewer);
            if (_viewers.Count > 0)
            {
                return;
            }
        }

        _source?.Dispose();
    }

    public void Dispose()
    {
        _source?.Dispose();
        _opening.Dispose();
    }

    private static async Task AskAsync(ScreenSource source)
    {
        try
        {
            await source.AskAsync(everything: false).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has ended, which its reader tells.
        }
    }

    private async Task RunAsync(ScreenSource source)
    {
        try
        {
            await source.RunAsync(this).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ObjectDisposedException or OperationCanceledException)
        {
            // The machine ended, or nobody looks any more: whoever comes back opens it again.
        }

        _source = null;
        source.Dispose();
        Each(v => v.End());
    }

    private void Each(Action<ScreenViewer> tell)
    {
        ScreenViewer[] viewers;
        lock (_lock)
        {
            viewers = [.. _viewers];
        }

        Array.ForEach(viewers, v => tell(v));
    }
}
