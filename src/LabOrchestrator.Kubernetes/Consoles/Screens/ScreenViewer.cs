using System.Threading.Channels;

namespace LabOrchestrator.Kubernetes.Consoles.Screens;

/// <summary>One viewer of a shared screen: an RFB server that tells what is in the source's picture, as fast as the viewer asks.</summary>
internal sealed class ScreenViewer : IDisposable
{
    private readonly SharedScreen _shared;
    private readonly ScreenSource _source;
    private readonly ViewerPipe _pipe = new();
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _messages = [];
    private readonly ScreenEncoder _encoder = new();
    private DirtyTiles _dirty;
    private bool _wants;
    private bool _isResized;
    private bool _offersKeys;

    public ScreenViewer(SharedScreen shared, ScreenSource source)
    {
        (_shared, _source) = (shared, source);
        _dirty = AllOf(source.Screen);
    }

    public Stream Stream => _pipe.Stream;

    public void Start() => _ = ServeAsync();

    public void Painted(ScreenArea area)
    {
        lock (_lock)
        {
            _dirty.Add(area);
        }

        Wake();
    }

    public void Resized()
    {
        lock (_lock)
        {
            _isResized = true;
            _dirty = AllOf(_source.Screen);
        }

        Wake();
    }

    /// <summary>Whether it still waits for changes.</summary>
    public bool Answered()
    {
        Wake();
        lock (_lock)
        {
            return _wants && !_dirty.Any;
        }
    }

    public void Tell(byte[] message)
    {
        lock (_lock)
        {
            _messages.Enqueue(message);
        }

        Wake();
    }

    /// <summary>Its screen has ended.</summary>
    public void EndWith(ScreenSource source)
    {
        if (source == _source)
        {
            End();
        }
    }

    public void End() => _bell.Writer.TryComplete();

    public void Dispose() => _encoder.Dispose();

    private void Wake() => _bell.Writer.TryWrite(true);

    private async Task ServeAsync()
    {
        var from = _pipe.FromViewer.AsStream();
        Task? showing = null;
        try
        {
            await GreetAsync(from).ConfigureAwait(false);
            showing = ShowAsync();
            while (true)
            {
                await TakeAsync(from, (await Rfb.ReadAsync(from, 1, default).ConfigureAwait(false))[0]).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The viewer is gone, or breaks the protocol, or the screen has ended.
        }

        End();
        _shared.Leave(this);
        if (showing is not null)
        {
            await showing.ConfigureAwait(false);
        }

        _pipe.End();
        await _pipe.FromViewer.CompleteAsync().ConfigureAwait(false);
        Dispose();
    }

    private async Task GreetAsync(Stream from)
    {
        await SendAsync(Rfb.Version.ToArray()).ConfigureAwait(false);
        var version = await Rfb.ReadAsync(from, Rfb.Version.Length, default).ConfigureAwait(false);
        if (version[10] == (byte)'3')
        {
            await SendAsync([0, 0, 0, 1]).ConfigureAwait(false);
        }
        else
        {
            await SendAsync([1, 1]).ConfigureAwait(false);
            await Rfb.ReadAsync(from, 1, default).ConfigureAwait(false);
            if (version[10] == (byte)'8')
            {
                await SendAsync([0, 0, 0, 0]).ConfigureAwait(false);
            }
        }

        await Rfb.ReadAsync(from, 1, default).ConfigureAwait(false);
        var start = new byte[24 + _source.Name.Length];
        Rfb.Put16(start, _source.Screen.Width, _source.Screen.Height);
        PixelFormat.Own.WriteTo(start.AsSpan(4));
        start[23] = (byte)_source.Name.Length;
        start[22] = (byte)(_source.Name.Length >> 8);
        _source.Name.CopyTo(start, 24);
        await SendAsync(start).ConfigureAwait(false);
    }

    private async Task TakeAsync(Stream from, byte kind)
    {
        switch (kind)
        {
            case Rfb.SetPixelFormat:
                var format = await Rfb.ReadAsync(from, 3 + PixelFormat.Length, default).ConfigureAwait(false);
                _encoder.Format = PixelFormat.Read(format, 3) ?? throw new InvalidDataException("The viewer wants colours from a map.");
                break;
            case Rfb.SetEncodings:
                var head = await Rfb.ReadAsync(from, 3, default).ConfigureAwait(false);
                var list = await Rfb.ReadAsync(from, 4 * Rfb.Number16(head, 1), default).ConfigureAwait(false);
                _encoder.Choose([.. Enumerable.Range(0, list.Length / 4).Select(i => Rfb.Number32(list, 4 * i))]);
                _offersKeys = _encoder.KnowsExtendedKeys && _source.TakesExtendedKeys;
                break;
            case Rfb.UpdateRequest:
                Want(await Rfb.ReadAsync(from, 9, default).ConfigureAwait(false));
                break;
            case Rfb.Key:
                await PassAsync(from, kind, 7).ConfigureAwait(false);
                break;
            case Rfb.Pointer:
                await PassAsync(from, kind, 5).ConfigureAwait(false);
                break;
            case Rfb.Qemu:
                await PassAsync(from, kind, 11).ConfigureAwait(false);
                break;
            case Rfb.ClientCut:
                var cut = await Rfb.ReadAsync(from, 7, default).ConfigureAwait(false);
                var length = Math.Abs((long)Rfb.Number32(cut, 3));
                var text = length <= Rfb.MostCut ? await Rfb.ReadAsync(from, (int)length, default).ConfigureAwait(false)
                    : throw new InvalidDataException("The viewer sent a text of impossible length.");
                await _source.SendAsync((byte[])[kind, .. cut, .. text]).ConfigureAwait(false);
                break;
            default:
                throw new InvalidDataException($"The viewer sent a message of the unknown kind {kind}.");
        }
    }

    private async Task PassAsync(Stream from, byte kind, int bytes) =>
        await _source.SendAsync((byte[])[kind, .. await Rfb.ReadAsync(from, bytes, default).ConfigureAwait(false)]).ConfigureAwait(false);

    private void Want(byte[] request)
    {
        bool ask;
        lock (_lock)
        {
            _wants = true;
            if (request[0] == 0)
            {
                _dirty = AllOf(_source.Screen);
            }

            ask = !_dirty.Any;
        }

        if (ask)
        {
            _shared.Ask();
        }

        Wake();
    }

    private async Task ShowAsync()
    {
        try
        {
            while (await _bell.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                _bell.Reader.TryRead(out _);
                while (NextMessage() is { } message)
                {
                    await SendAsync(message).ConfigureAwait(false);
                }

                if (NextUpdate() is { } update)
                {
                    await SendAsync(update).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
        {
            // The viewer is gone.
        }

        _pipe.End();
    }

    private byte[]? NextMessage()
    {
        lock (_lock)
        {
            return _messages.TryDequeue(out var message) ? message : null;
        }
    }

    private byte[]? NextUpdate()
    {
        List<ScreenArea> areas;
        (bool Resized, bool Keys) also;
        ScreenBuffer screen;
        lock (_lock)
        {
            if (!_wants || !_dirty.Any || !_source.HasPicture)
            {
                return null;
            }

            screen = _source.Screen;
            areas = _dirty.Take();
            also = (_isResized, _offersKeys);
            (_wants, _isResized, _offersKeys) = (false, false, false);
        }

        return _encoder.Update(screen, areas, also.Resized, also.Keys);
    }

    private async Task SendAsync(byte[] bytes)
    {
        var result = await _pipe.ToViewer.WriteAsync(bytes).ConfigureAwait(false);
        if (result.IsCompleted)
        {
            throw new IOException("The viewer is gone.");
        }
    }

    private static DirtyTiles AllOf(ScreenBuffer screen)
    {
        var all = new DirtyTiles(screen);
        all.Add(new ScreenArea(0, 0, screen.Width, screen.Height));
        return all;
    }
}
