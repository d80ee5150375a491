using System.IO.Pipelines;
using LabOrchestrator.Kubernetes.Api.Streams;

namespace LabOrchestrator.Kubernetes.Tests.Consoles;

/// <summary>One end of a connection whose other end the test plays.</summary>
/// <param name="refuses">Which writes find the connection broken; none when left out.</param>
internal sealed class PlayedStream(Func<ReadOnlyMemory<byte>, bool>? refuses = null) : AsyncStream
{
    private readonly Pipe _said = new();
    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when it is disposed of.</summary>
    public Task LetGo => _letGo.Task;

    /// <summary>What disposing of it waits for.</summary>
    public Task ToLetGo { get; init; } = Task.CompletedTask;

    public async Task SayAsync(ReadOnlyMemory<byte> bytes) => await _said.Writer.WriteAsync(bytes);

    public void End() => _said.Writer.Complete();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await _said.Reader.ReadAsync(cancellationToken);
        ObjectDisposedException.ThrowIf(read.IsCanceled, this);
        var count = (int)Math.Min(buffer.Length, read.Buffer.Length);
        var part = read.Buffer.Slice(0, count);
        var at = 0;
        foreach (var segment in part)
        {
            segment.CopyTo(buffer[at..]);
            at += segment.Length;
        }

        _said.Reader.AdvanceTo(part.End);
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        refuses?.Invoke(buffer) == true ? throw new IOException("The connection is broken.") : ValueTask.CompletedTask;

    public override async ValueTask DisposeAsync()
    {
        _letGo.TrySetResult();
        await ToLetGo;
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        _letGo.TrySetResult();
        _said.Reader.CancelPendingRead();
        base.Dispose(disposing);
    }
}
