using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Consoles.Screens;

/// <summary>
/// A VM's screen for several viewers. KubeVirt has one session for it, and a second would throw the first out: we hold that one while
/// somebody looks, and are an RFB server to each viewer.
/// </summary>
internal sealed class SharedScreen(Func<CancellationToken, Task<Stream>> open, TimeProvider time) : IScreenEvents, IDisposable
{
    /// <summary>How long the session is held when nobody looks, so that a page that loads again finds it.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    private const string EndedAtOnce = "The VM's screen ended while it was opened. Try again.";

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly List<ScreenViewer> _viewers = [];
    private ScreenSource? _source;
    private ITimer? _idle;

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
                await ShowAsync(source).ConfigureAwait(false);
            }

            var viewer = new ScreenViewer(this, source);
            lock (_lock)
            {
                if (_source != source)
                {
                    throw new ConsoleUnavailableException(EndedAtOnce);
                }

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
            if (_viewers.Remove(viewer) && _viewers.Count == 0)
            {
                _idle?.Dispose();
                _idle = time.CreateTimer(_ => LetGo(), null, Linger, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        _source?.Dispose();
        _idle?.Dispose();
        _opening.Dispose();
    }

    private void LetGo()
    {
        ScreenSource? source;
        lock (_lock)
        {
            if (_viewers.Count > 0)
            {
                return;
            }

            (source, _source) = (_source, null);
        }

        source?.Dispose();
    }

    private async Task ShowAsync(ScreenSource source)
    {
        try
        {
            await source.AskAsync(everything: true).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Its reader may not have seen it yet, and whoever comes next must not be given it.
            Drop(source);
            throw new ConsoleUnavailableException(EndedAtOnce, e);
        }
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

        Drop(source);
        Each(v => v.EndWith(source));
    }

    private void Drop(ScreenSource source)
    {
        lock (_lock)
        {
            _source = _source == source ? null : _source;
        }

        source.Dispose();
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
