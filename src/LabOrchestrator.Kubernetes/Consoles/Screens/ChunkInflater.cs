using System.IO.Compression;

namespace LabOrchestrator.Kubernetes.Consoles.Screens;

/// <summary>One compressed stream that comes in chunks, each of which is complete for what it holds.</summary>
internal sealed class ChunkInflater : IDisposable
{
    private readonly Chunk _chunk = new();
    private readonly ZLibStream _inflate;

    public ChunkInflater() => _inflate = new ZLibStream(_chunk, CompressionMode.Decompress);

    /// <summary>Fills the target from the next chunk.</summary>
    /// <exception cref="InvalidDataException">The chunk holds less, or is damaged.</exception>
    public void Read(byte[] chunk, Span<byte> to)
    {
        _chunk.Bytes = chunk;
        while (!to.IsEmpty)
        {
            var read = _inflate.Read(to);
            if (read == 0)
            {
                throw new InvalidDataException("A compressed part of the screen is too short.");
            }

            to = to[read..];
        }
    }

    public void Dispose() => _inflate.Dispose();

    private sealed class Chunk : MemoryStream
    {
        private ReadOnlyMemory<byte> _bytes;

        public ReadOnlyMemory<byte> Bytes
        {
            set => _bytes = value;
        }

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, _bytes.Length);
            _bytes.Span[..count].CopyTo(buffer);
            _bytes = _bytes[count..];
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }
}
