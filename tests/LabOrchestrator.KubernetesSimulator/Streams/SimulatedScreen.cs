using System.Buffers.Binary;
using System.IO.Compression;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>The picture of a machine: each key paints a cell, so that typing is seen.</summary>
internal sealed class SimulatedScreen
{
    public const int Width = 320;
    public const int Height = 200;
    private const int Cell = 8;
    private readonly uint[] _pixels = new uint[Width * Height];
    private int _cell;
    private long _version = 1;

    public SimulatedScreen() => Array.Fill(_pixels, 0x00305070u);

    /// <summary>Counts up with each change.</summary>
    public long Version => Volatile.Read(ref _version);

    public event Action? Changed;

    public void Press(uint keysym)
    {
        lock (_pixels)
        {
            var (column, row) = (_cell % (Width / Cell), _cell / (Width / Cell) % (Height / Cell));
            for (var at = 0; at < Cell * Cell; at++)
            {
                _pixels[(((row * Cell) + (at / Cell)) * Width) + (column * Cell) + (at % Cell)] = (keysym * 2654435761u) >> 8;
            }

            _cell++;
            _version++;
        }

        Changed?.Invoke();
    }

    /// <summary>All pixels, four bytes each, least byte first, with the colours at the given shifts.</summary>
    public void Copy(Span<byte> target, int red, int green, int blue)
    {
        lock (_pixels)
        {
            for (var at = 0; at < _pixels.Length; at++)
            {
                var p = _pixels[at];
                BinaryPrimitives.WriteUInt32LittleEndian(target[(at * 4)..], ((p >> 16) & 255) << red | ((p >> 8) & 255) << green | (p & 255) << blue);
            }
        }
    }

    /// <summary>A picture in PNG.</summary>
    public byte[] ToPng()
    {
        using var rows = new MemoryStream();
        using (var deflate = new ZLibStream(rows, CompressionLevel.Fastest, leaveOpen: true))
        {
            lock (_pixels)
            {
                for (var at = 0; at < _pixels.Length; at++)
                {
                    if (at % Width == 0)
                    {
                        deflate.WriteByte(0);
                    }

                    deflate.Write([(byte)(_pixels[at] >> 16), (byte)(_pixels[at] >> 8), (byte)_pixels[at]]);
                }
            }
        }

        using var png = new MemoryStream();
        png.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, Width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), Height);
        (head[8], head[9]) = (8, 2);
        Chunk(png, "IHDR"u8, head);
        Chunk(png, "IDAT"u8, rows.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksum([.. type, .. data]));
        png.Write(number);
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var one in bytes)
        {
            sum ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) == 1 ? 0xEDB88320 ^ (sum >> 1) : sum >> 1;
            }
        }

        return ~sum;
    }
}
