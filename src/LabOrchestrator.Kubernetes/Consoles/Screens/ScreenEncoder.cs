using System.Buffers.Binary;
using System.IO.Compression;

namespace LabOrchestrator.Kubernetes.Consoles.Screens;

/// <summary>Writes updates as one viewer understands them: ZRLE where it does, else raw.</summary>
internal sealed class ScreenEncoder : IDisposable
{
    private const int RectangleHead = 12;
    private const byte RawTile = 0;
    private const byte SolidTile = 1;

    private readonly MemoryStream _compressed = new();
    private readonly ZLibStream _deflate;
    private bool _knowsZrle;
    private bool _knowsResizing;

    public ScreenEncoder() => _deflate = new ZLibStream(_compressed, CompressionLevel.Fastest, leaveOpen: true);

    public PixelFormat Format { get; set; } = PixelFormat.Own;

    /// <summary>The viewer can tell keys by their place on the keyboard.</summary>
    public bool KnowsExtendedKeys { get; private set; }

    /// <summary>Takes what the viewer understands.</summary>
    public void Choose(IReadOnlyList<int> encodings)
    {
        _knowsZrle = encodings.Contains(Rfb.Zrle);
        _knowsResizing = encodings.Contains(Rfb.DesktopSize);
        KnowsExtendedKeys = encodings.Contains(Rfb.ExtendedKeys);
    }

    /// <summary>An update with the rectangles as they are now.</summary>
    /// <exception cref="InvalidDataException">The screen has another size, which this viewer does not understand.</exception>
    public byte[] Update(ScreenBuffer screen, IReadOnlyList<ScreenArea> areas, bool isResized, bool offersKeys)
    {
        if (isResized && !_knowsResizing)
        {
            throw new IOException("The screen changed its size, which this viewer does not know of.");
        }

        using var update = new MemoryStream();
        Span<byte> head = [Rfb.Update, 0, 0, 0];
        Rfb.Put16(head[2..], areas.Count + (isResized ? 1 : 0) + (offersKeys ? 1 : 0));
        update.Write(head);
        if (isResized)
        {
            Head(update, new ScreenArea(0, 0, screen.Width, screen.Height), Rfb.DesktopSize);
        }

        if (offersKeys)
        {
            Head(update, default, Rfb.ExtendedKeys);
        }

        foreach (var area in areas)
        {
            Head(update, area, _knowsZrle ? Rfb.Zrle : Rfb.Raw);
            if (_knowsZrle)
            {
                Compressed(update, screen, area);
            }
            else
            {
                Raw(update, screen, area, compact: false);
            }
        }

        return update.ToArray();
    }

    public void Dispose()
    {
        _deflate.Dispose();
        _compressed.Dispose();
    }

    private static void Head(Stream to, ScreenArea area, int encoding)
    {
        Span<byte> head = stackalloc byte[RectangleHead];
        Rfb.Put16(head, area.X, area.Y, area.Width, area.Height);
        BinaryPrimitives.WriteInt32BigEndian(head[8..], encoding);
        to.Write(head);
    }

    private void Raw(Stream to, ScreenBuffer screen, ScreenArea area, bool compact)
    {
        var line = new byte[area.Width * Format.SizeOf(compact)];
        for (var i = 0; i < area.Height; i++)
        {
            lock (screen)
            {
                Format.Convert(screen.Line(area, i), line, compact);
            }

            to.Write(line);
        }
    }

    // Tiles from left to right: one pixel where the whole tile has its colour, else all of them.
    private void Compressed(MemoryStream update, ScreenBuffer screen, ScreenArea area)
    {
        _compressed.SetLength(0);
        for (var x = area.X; x < area.X + area.Width; x += ScreenBuffer.Tile)
        {
            var tile = area with { X = x, Width = Math.Min(ScreenBuffer.Tile, area.X + area.Width - x) };
            if (SolidColour(screen, tile) is { } colour)
            {
                var pixel = new byte[Format.SizeOf(compact: true)];
                Format.Convert([colour], pixel, compact: true);
                _deflate.WriteByte(SolidTile);
                _deflate.Write(pixel);
            }
            else
            {
                _deflate.WriteByte(RawTile);
                Raw(_deflate, screen, tile, compact: true);
            }
        }

        _deflate.Flush();
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, (int)_compressed.Length);
        update.Write(length);
        _compressed.WriteTo(update);
    }

    private static uint? SolidColour(ScreenBuffer screen, ScreenArea tile)
    {
        lock (screen)
        {
            var colour = screen.Line(tile, 0)[0];
            for (var i = 0; i < tile.Height; i++)
            {
                if (screen.Line(tile, i).ContainsAnyExcept(colour))
                {
                    return null;
                }
            }

            return colour;
        }
    }
}
