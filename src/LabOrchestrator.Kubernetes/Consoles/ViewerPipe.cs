using System.IO.Pipelines;
using LabOrchestrator.Kubernetes.Api.Streams;

namespace LabOrchestrator.Kubernetes.Consoles;

/// <summary>A stream for one viewer, and our end of it. Who reads slowly holds back us, not others.</summary>
internal sealed class ViewerPipe
{
    private const int MostWaiting = 256 * 1024;

    private readonly Pipe _fromViewer = new(new PipeOptions(pauseWriterThreshold: MostWaiting, resumeWriterThreshold: MostWaiting / 2, useSynchronizationContext: false));
    private readonly Pipe _toViewer = new(new PipeOptions(pauseWriterThreshold: MostWaiting, resumeWriterThreshold: MostWaiting / 2, useSynchronizationContext: false));

    public ViewerPipe() => Stream = new ViewerStream(_toViewer.Reader, _fromViewer.Writer);

    /// <summary>The viewer's end.</summary>
    public Stream Stream { get; }

    /// <summary>What the viewer sends.</summary>
    public PipeReader FromViewer => _fromViewer.Reader;

    /// <summary>What the viewer gets.</summary>
    public PipeWriter ToViewer => _toViewer.Writer;

    /// <summary>Ends both directions.</summary>
    public void End()
    {
        ToViewer.Complete();
        FromViewer.CancelPendingRead();
    }

    private sealed class ViewerStream(PipeReader reader, PipeWriter writer) : AsyncStream
    {
        private readonly Stream _read = reader.AsStream();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _read.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var result = await writer.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (result.IsCompleted)
            {
                throw new IOException("The console has ended.");
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                writer.Complete();
                _read.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
