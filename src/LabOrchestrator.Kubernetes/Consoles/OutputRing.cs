namespace LabOrchestrator.Kubernetes.Consoles;

/// <summary>The last bytes of a line, each numbered from 0 since its beginning. Not safe for several threads.</summary>
internal sealed class OutputRing
{
    /// <summary>Bytes kept, as by the keeper.</summary>
    public const int Capacity = 256 * 1024;

    private const int Least = 4096;

    private byte[] _bytes = new byte[Least];

    /// <summary>Number of the first byte that is still here.</summary>
    public long Start => Math.Max(0, End - _bytes.Length);

    /// <summary>Number of the byte that comes next.</summary>
    public long End { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (_bytes.Length < Capacity && End + bytes.Length > _bytes.Length)
        {
            // Before the first byte is overwritten the ring is a plain array, which may grow.
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        if (bytes.Length > _bytes.Length)
        {
            End += bytes.Length - _bytes.Length;
            bytes = bytes[^_bytes.Length..];
        }

        var at = (int)(End % _bytes.Length);
        var first = Math.Min(bytes.Length, _bytes.Length - at);
        bytes[..first].CopyTo(_bytes.AsSpan(at));
        bytes[first..].CopyTo(_bytes);
        End += bytes.Length;
    }

    /// <summary>Copies what follows a byte that is still here; returns how much.</summary>
    public int Read(long from, Span<byte> to)
    {
        var count = (int)Math.Min(to.Length, End - from);
        var at = (int)(from % _bytes.Length);
        var first = Math.Min(count, _bytes.Length - at);
        _bytes.AsSpan(at, first).CopyTo(to);
        _bytes.AsSpan(0, count - first).CopyTo(to[first..]);
        return count;
    }
}
