using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Consoles;

/// <summary>
/// A VM's serial line behind the keeper protocol. KubeVirt has one session for it, without memory: we hold that one for all viewers, and
/// keep its recent output while the server lives.
/// </summary>
internal sealed class SerialLine(Func<CancellationToken, Task<Stream>> open, TimeProvider time) : IDisposable
{
    /// <summary>How long the line is held when nobody looks, so that what is said meanwhile is not lost.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly OutputRing _ring = new();
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly HashSet<SerialViewer> _viewers = [];
    private Stream? _line;
    private ITimer? _idle;

    /// <summary>Differs from that of every other line.</summary>
    public long Epoch { get; } = Random.Shared.NextInt64(1, long.MaxValue);

    /// <summary>Another viewer; the stream speaks the keeper protocol.</summary>
    /// <exception cref="ConsoleUnavailableException">The line cannot be opened.</exception>
    public async Task<Stream> AttachAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var source = _line;
            if (source is null)
            {
                source = await open(cancellationToken).ConfigureAwait(false);
                _line = source;
                _ = ReadAsync(source);
            }

            var viewer = new SerialViewer(this, source);
            lock (_lock)
            {
                if (_line != source)
                {
                    throw new ConsoleUnavailableException("The VM's serial line ended while it was opened. Try again.");
                }

                _viewers.Add(viewer);
                _idle?.Dispose();
                _idle = null;
            }

            viewer.Start();
            return viewer.Stream;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Where a viewer begins who wants what follows a byte.</summary>
    public long FirstFor(long wanted)
    {
        lock (_lock)
        {
            return Math.Clamp(wanted, _ring.Start, _ring.End);
        }
    }

    /// <summary>Copies output from a byte on. When it is no longer here, tells where it goes on.</summary>
    /// <returns>From which byte, and how many.</returns>
    public (long From, int Count) Read(long next, Span<byte> to)
    {
        lock (_lock)
        {
            next = Math.Clamp(next, _ring.Start, _ring.End);
            return (next, _ring.Read(next, to));
        }
    }

    public void Leave(SerialViewer viewer)
    {
        lock (_lock)
        {
            if (_viewers.Remove(viewer) && _viewers.Count == 0)
            {
                _idle ??= time.CreateTimer(_ => Close(), null, Linger, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        Close(evenIfWatched: true);
        _idle?.Dispose();
        _opening.Dispose();
    }

    private void Close(bool evenIfWatched = false)
    {
        Stream? line;
        lock (_lock)
        {
            if (_viewers.Count > 0 && !evenIfWatched)
            {
                return;
            }

            (line, _line) = (_line, null);
        }

        line?.Dispose();
    }

    private async Task ReadAsync(Stream line)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await line.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                SerialViewer[] viewers;
                lock (_lock)
                {
                    _ring.Append(buffer.AsSpan(0, read));
                    viewers = [.. _viewers];
                }

                Array.ForEach(viewers, v => v.Wake());
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The machine ended, or somebody else took its line: the viewers are told, and who comes back opens it again.
        }

        // Somebody may open the line again from here on, and has nothing to do with the end of this one.
        SerialViewer[] left;
        lock (_lock)
        {
            _line = _line == line ? null : _line;
            left = [.. _viewers.Where(v => v.Source == line)];
            _viewers.ExceptWith(left);
        }

        Array.ForEach(left, v => v.End());
        await line.DisposeAsync().ConfigureAwait(false);
    }
}
