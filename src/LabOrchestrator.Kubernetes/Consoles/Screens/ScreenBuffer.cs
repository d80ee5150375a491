namespace LabOrchestrator.Kubernetes.Consoles.Screens;

/// <summary>The picture of a screen, in tiles. Pixels are 0x00RRGGBB. Lock it while reading or changing it.</summary>
internal sealed class ScreenBuffer(int width, int height)
{
    /// <summary>Width and height of a tile; those at the right and lower edge are smaller.</summary>
    public const int Tile = 64;

    public int Width => width;

    public int Height => height;

    public int Columns { get; } = (width + Tile - 1) / Tile;

    public int Rows { get; } = (height + Tile - 1) / Tile;

    public uint[] Pixels { get; } = new uint[width * height];

    /// <summary>Takes over pixels of a rectangle, line by line.</summary>
    public void Paint(ScreenArea area, ReadOnlySpan<uint> pixels)
    {
        for (var line = 0; line < area.Height; line++)
        {
            pixels.Slice(line * area.Width, area.Width).CopyTo(Pixels.AsSpan(((area.Y + line) * width) + area.X));
        }
    }

    /// <summary>One line of a rectangle.</summary>
    public ReadOnlySpan<uint> Line(ScreenArea area, int line) => Pixels.AsSpan(((area.Y + line) * width) + area.X, area.Width);

    /// <summary>The rectangle lies inside.</summary>
    public bool Has(ScreenArea area) => area.X + area.Width <= width && area.Y + area.Height <= height;
}

/// <summary>A rectangle of a screen.</summary>
internal readonly record struct ScreenArea(int X, int Y, int Width, int Height)
{
    public int Count => Width * Height;
}

/// <summary>The tiles of a screen that a viewer has not seen as they are.</summary>
internal sealed class DirtyTiles(ScreenBuffer screen)
{
    private readonly bool[] _dirty = new bool[screen.Columns * screen.Rows];

    public bool Any { get; private set; }

    public void Add(ScreenArea area)
    {
        if (area.Count == 0)
        {
            return;
        }

        for (var row = area.Y / ScreenBuffer.Tile; row <= (area.Y + area.Height - 1) / ScreenBuffer.Tile && row < screen.Rows; row++)
        {
            for (var column = area.X / ScreenBuffer.Tile; column <= (area.X + area.Width - 1) / ScreenBuffer.Tile && column < screen.Columns; column++)
            {
                _dirty[(row * screen.Columns) + column] = true;
            }
        }

        Any = true;
    }

    /// <summary>The dirty tiles, neighbours in a row as one rectangle; they are clean then.</summary>
    public List<ScreenArea> Take()
    {
        var areas = new List<ScreenArea>();
        for (var row = 0; row < screen.Rows; row++)
        {
            for (var column = 0; column < screen.Columns; column++)
            {
                var first = column;
                while (column < screen.Columns && _dirty[(row * screen.Columns) + column])
                {
                    column++;
                }

                if (column > first)
                {
                    var (x, y) = (first * ScreenBuffer.Tile, row * ScreenBuffer.Tile);
                    areas.Add(new ScreenArea(x, y, Math.Min(column * ScreenBuffer.Tile, screen.Width) - x, Math.Min(y + ScreenBuffer.Tile, screen.Height) - y));
                }
            }
        }

        Array.Clear(_dirty);
        Any = false;
        return areas;
    }
}
