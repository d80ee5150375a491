using System.Buffers;
using System.Buffers.Binary;

namespace LabOrchestrator.Docker.Engine;

/// <summary>Takes apart what the engine sends of a container without a terminal: 8 bytes of header (stream, length), then bytes.</summary>
internal sealed class MultiplexedReader(Stream source)
{
    private const int HeaderLength = 8;
    private const byte StandardError = 2;

    private readonly byte[] _header = new byte[HeaderLength];
    private int _left;
    private bool _isError;

    /// <summary>
    /// Reads some bytes of one stream; 0 bytes at the end. A header that is cut off counts as the end.
    /// </summary>
    public async ValueTask<(int Count, bool IsError)> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (_left == 0)
        {
            // An idle stream waits here without holding on to more than its header.
            var got = await source.ReadAtLeastAsync(_header, HeaderLength, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (got < HeaderLength)
            {
                return (0, false);
            }

            _isError = _header[0] == StandardError;
            _left = BinaryPrimitives.ReadInt32BigEndian(_header.AsSpan(4));
        }

        var count = await source.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken).ConfigureAwait(false);
        _left -= count;
        return (count, _isError);
    }

    /// <summary>Copies both streams, in their order of arrival, at most so many bytes; reads on to the end.</summary>
    public async Task CopyAllAsync(Stream target, int mostBytes, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
        try
        {
            while (await ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is { Count: > 0 } read)
            {
                var taken = (int)Math.Min(read.Count, mostBytes - target.Length);
                await target.WriteAsync(buffer.AsMemory(0, Math.Max(taken, 0)), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
