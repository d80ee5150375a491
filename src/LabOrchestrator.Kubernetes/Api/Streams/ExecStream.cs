using System.Text;

namespace LabOrchestrator.Kubernetes.Api.Streams;

/// <summary>A command's standard streams: reading gives its output, writing its input.</summary>
internal sealed class ExecStream(ExecSession session) : AsyncStream
{
    private const int MostComplaint = 1024;

    private readonly MemoryStream _complaint = new();

    /// <summary>The command, for its size and its exit code.</summary>
    public ExecSession Session { get; } = session;

    /// <summary>What it said on standard error so far, up to a kilobyte.</summary>
    public string Complaint => Encoding.UTF8.GetString(_complaint.GetBuffer().AsSpan(0, (int)_complaint.Length)).Trim();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var (from, count) = await Session.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (from != ExecOutput.Errors)
            {
                return count;
            }

            var room = MostComplaint - (int)_complaint.Length;
            _complaint.Write(buffer.Span[..Math.Min(count, room)]);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        Session.WriteAsync(buffer, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Session.Dispose();
        }

        base.Dispose(disposing);
    }
}
