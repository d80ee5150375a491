using System.Buffers;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>Copies a stream, each piece at once. While nothing comes no buffer is held.</summary>
internal static class StreamCopy
{
    private const int PieceBytes = 64 << 10;

    /// <summary>Copies to the end.</summary>
    public static async Task RunAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        while (true)
        {
            _ = await from.ReadAsync(Memory<byte>.Empty, cancellationToken);
            var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
            try
            {
                var count = await from.ReadAsync(piece, cancellationToken);
                if (count == 0)
                {
                    return;
                }

                await to.WriteAsync(piece.AsMemory(0, count), cancellationToken);
                await to.FlushAsync(cancellationToken);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(piece);
            }
        }
    }
}
