using System.Buffers.Binary;

namespace LabOrchestrator.Kubernetes.Tests.Consoles;

/// <summary>A person at a VM's screen who takes pixels as they are.</summary>
internal sealed class RawViewer(Stream stream) : IAsyncDisposable
{
    private const int Width = 320;
    private const int Height = 200;

    public static async Task<RawViewer> BeginAsync(Stream stream, CancellationToken cancellationToken)
    {
        var viewer = new RawViewer(stream);
        await viewer.ReadAsync(12, cancellationToken);
        await stream.WriteAsync("RFB 003.008\n"u8.ToArray(), cancellationToken);
        (await viewer.ReadAsync(2, cancellationToken)).ShouldBe([1, 1]);
        await stream.WriteAsync(new byte[] { 1 }, cancellationToken);
        (await viewer.ReadAsync(4, cancellationToken)).ShouldBe([0, 0, 0, 0]);
        await stream.WriteAsync(new byte[] { 1 }, cancellationToken);
        var start = await viewer.ReadAsync(24, cancellationToken);
        await viewer.ReadAsync(BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(20)), cancellationToken);
        await stream.WriteAsync(new byte[] { 2, 0, 0, 1, 0, 0, 0, 0 }, cancellationToken);
        await viewer.UpdateAsync(everything: true, cancellationToken);
        return viewer;
    }

    /// <summary>Presses a key and waits until the machine has painted something.</summary>
    public async Task PressAsync(int key, CancellationToken cancellationToken)
    {
        var message = new byte[] { 4, 1, 0, 0, 0, 0, 0, 0 };
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), key);
        await stream.WriteAsync(message, cancellationToken);
        await UpdateAsync(everything: false, cancellationToken);
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task UpdateAsync(bool everything, CancellationToken cancellationToken)
    {
        var message = new byte[] { 3, (byte)(everything ? 0 : 1), 0, 0, 0, 0, 0, 0, 0, 0 };
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), Width);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(8), Height);
        await stream.WriteAsync(message, cancellationToken);
        var head = await ReadAsync(4, cancellationToken);
        head[0].ShouldBe((byte)0);
        for (var left = BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)); left > 0; left--)
        {
            var area = await ReadAsync(12, cancellationToken);
            BinaryPrimitives.ReadInt32BigEndian(area.AsSpan(8)).ShouldBe(0);
            await ReadAsync(
                BinaryPrimitives.ReadUInt16BigEndian(area.AsSpan(4)) * BinaryPrimitives.ReadUInt16BigEndian(area.AsSpan(6)) * 4, cancellationToken);
        }
    }

    private async Task<byte[]> ReadAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }
}
