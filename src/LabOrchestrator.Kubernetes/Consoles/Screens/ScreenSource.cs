using System.Buffers.Binary;
using System.Runtime.InteropServices;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Consoles.Screens;

/// <summary>Our one session at a VM's screen: keeps its picture, and asks for changes when somebody wants them.</summary>
internal sealed class ScreenSource : IDisposable
{
    private const byte NoSecurity = 1;
    private const int MostPixels = 64 << 20;

    private readonly Stream _stream;
    private readonly ChunkInflater _inflater = new();
    private int _asked;

    private ScreenSource(Stream stream, ScreenBuffer screen, byte[] name)
    {
        (_stream, Screen, Name) = (stream, screen, name);
    }

    /// <summary>The picture. Another one when the screen's size changes.</summary>
    public ScreenBuffer Screen { get; private set; }

    public byte[] Name { get; }

    /// <summary>The first picture has come; before it there is nothing to show.</summary>
    public bool HasPicture { get; private set; }

    /// <summary>It takes keys by their place on the keyboard.</summary>
    public bool TakesExtendedKeys { get; private set; }

    /// <summary>Begins a session.</summary>
    /// <exception cref="ConsoleUnavailableException">It is no screen that we can show.</exception>
    public static async Task<ScreenSource> BeginAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            await Rfb.ReadAsync(stream, Rfb.Version.Length, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(Rfb.Version.ToArray(), cancellationToken).ConfigureAwait(false);
            var count = (await Rfb.ReadAsync(stream, 1, cancellationToken).ConfigureAwait(false))[0];
            var kinds = await Rfb.ReadAsync(stream, count, cancellationToken).ConfigureAwait(false);
            if (!kinds.Contains(NoSecurity))
            {
                throw new ConsoleUnavailableException("The VM's screen asks for a password, which KubeVirt's never do.");
            }

            await stream.WriteAsync(new[] { NoSecurity }, cancellationToken).ConfigureAwait(false);
            await Rfb.ReadAsync(stream, 4, cancellationToken).ConfigureAwait(false);

            // Shared: whoever else is there stays.
            await stream.WriteAsync(new byte[] { 1 }, cancellationToken).ConfigureAwait(false);
            var head = await Rfb.ReadAsync(stream, 24, cancellationToken).ConfigureAwait(false);
            var name = await Rfb.ReadAsync(stream, Math.Clamp(Rfb.Number32(head, 20), 0, 4096), cancellationToken).ConfigureAwait(false);
            var source = new ScreenSource(stream, new ScreenBuffer(Rfb.Number16(head, 0), Rfb.Number16(head, 2)), name);
            await source.ChooseAsync(cancellationToken).ConfigureAwait(false);
            return source;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException and not TaskCanceledException)
        {
            throw new ConsoleUnavailableException("The VM's screen ended while it was opened.", e);
        }
    }

    /// <summary>Takes in what the screen tells until it ends.</summary>
    /// <param name="screen">Who is told of it.</param>
    public async Task RunAsync(IScreenEvents screen)
    {
        while (true)
        {
            switch ((await Rfb.ReadAsync(_stream, 1, default).ConfigureAwait(false))[0])
            {
                case Rfb.Update:
                    await UpdateAsync(screen).ConfigureAwait(false);
                    break;
                case Rfb.ColourMap:
                    var colours = await Rfb.ReadAsync(_stream, 5, default).ConfigureAwait(false);
                    await Rfb.ReadAsync(_stream, 6 * Rfb.Number16(colours, 3), default).ConfigureAwait(false);
                    break;
                case Rfb.Bell:
                    screen.Tell([Rfb.Bell]);
                    break;
                case Rfb.ServerCut:
                    await CutAsync(screen).ConfigureAwait(false);
                    break;
                case var other:
                    throw new InvalidDataException($"The screen sent a message of the unknown kind {other}.");
            }
        }
    }

    /// <summary>Asks for what changes, once until it was answered.</summary>
    public async ValueTask AskAsync(bool everything)
    {
        if (Interlocked.Exchange(ref _asked, 1) == 1)
        {
            return;
        }

        var request = new byte[10];
        request[0] = Rfb.UpdateRequest;
        request[1] = (byte)(everything ? 0 : 1);
        Rfb.Put16(request.AsSpan(6), Screen.Width, Screen.Height);
        await _stream.WriteAsync(request).ConfigureAwait(false);
    }

    /// <summary>Passes a viewer's key, pointer or clipboard on.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message) => _stream.WriteAsync(message);

    public void Dispose()
    {
        _stream.Dispose();
        _inflater.Dispose();
    }

    private async Task ChooseAsync(CancellationToken cancellationToken)
    {
        var format = new byte[4 + PixelFormat.Length];
        format[0] = Rfb.SetPixelFormat;
        PixelFormat.Own.WriteTo(format.AsSpan(4));
        await _stream.WriteAsync(format, cancellationToken).ConfigureAwait(false);
        int[] encodings = [Rfb.Zlib, Rfb.Raw, Rfb.DesktopSize, Rfb.ExtendedKeys];
        var choice = new byte[4 + (4 * encodings.Length)];
        choice[0] = Rfb.SetEncodings;
        Rfb.Put16(choice.AsSpan(2), encodings.Length);
        for (var i = 0; i < encodings.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(choice.AsSpan(4 + (4 * i)), encodings[i]);
        }

        await _stream.WriteAsync(choice, cancellationToken).ConfigureAwait(false);
    }

    private async Task UpdateAsync(IScreenEvents screen)
    {
        var head = await Rfb.ReadAsync(_stream, 3, default).ConfigureAwait(false);
        for (var left = Rfb.Number16(head, 1); left > 0; left--)
        {
            var rectangle = await Rfb.ReadAsync(_stream, 12, default).ConfigureAwait(false);
            var area = new ScreenArea(Rfb.Number16(rectangle, 0), Rfb.Number16(rectangle, 2), Rfb.Number16(rectangle, 4), Rfb.Number16(rectangle, 6));
            switch (Rfb.Number32(rectangle, 8))
            {
                case Rfb.DesktopSize when area.Count is > 0 and < MostPixels:
                    Screen = new ScreenBuffer(area.Width, area.Height);
                    screen.Resized();
                    break;
                case Rfb.ExtendedKeys:
                    TakesExtendedKeys = true;
                    break;
                case var encoding and (Rfb.Raw or Rfb.Zlib) when Screen.Has(area):
                    await PaintAsync(area, encoding).ConfigureAwait(false);
                    screen.Painted(area);
                    break;
                case var other:
                    throw new InvalidDataException($"The screen sent a rectangle of the unknown kind {other}, or outside of itself.");
            }
        }

        HasPicture = true;
        Volatile.Write(ref _asked, 0);
        screen.Answered();
    }

    private async Task PaintAsync(ScreenArea area, int encoding)
    {
        byte[] pixels;
        if (encoding == Rfb.Raw)
        {
            pixels = await Rfb.ReadAsync(_stream, area.Count * 4, default).ConfigureAwait(false);
        }
        else
        {
            var length = Rfb.Number32(await Rfb.ReadAsync(_stream, 4, default).ConfigureAwait(false), 0);
            if (length < 0 || length > MostPixels)
            {
                throw new InvalidDataException("The screen sent a compressed part of impossible length.");
            }

            pixels = new byte[area.Count * 4];
            _inflater.Read(await Rfb.ReadAsync(_stream, length, default).ConfigureAwait(false), pixels);
        }

        lock (Screen)
        {
            Screen.Paint(area, MemoryMarshal.Cast<byte, uint>(pixels));
        }
    }

    private async Task CutAsync(IScreenEvents screen)
    {
        var head = await Rfb.ReadAsync(_stream, 7, default).ConfigureAwait(false);
        var length = Rfb.Number32(head, 3);
        if (length is < 0 or > Rfb.MostCut)
        {
            throw new InvalidDataException("The screen sent a text of impossible length.");
        }

        var text = await Rfb.ReadAsync(_stream, length, default).ConfigureAwait(false);
        screen.Tell([Rfb.ServerCut, .. head, .. text]);
    }
}

/// <summary>Who hears of a screen.</summary>
internal interface IScreenEvents
{
    /// <summary>A part of the picture is another.</summary>
    void Painted(ScreenArea area);

    /// <summary>The picture is another one, of another size.</summary>
    void Resized();

    /// <summary>What was asked for has come.</summary>
    void Answered();

    /// <summary>A message for every viewer.</summary>
    void Tell(byte[] message);
}
