using System.Text;

namespace LabOrchestrator.Docker.Engine;

/// <summary>
/// The standard streams of a command without a terminal: reading gives its output, writing its input. What it says on its standard
/// error is kept apart, up to a line's length. Disposing closes its input; the engine does not end the command.
/// </summary>
internal sealed class ExecStream(string id, HttpResponseMessage response, Stream connection) : Stream
{
    private const int MostComplaint = 1024;

    private readonly StringBuilder _complaint = new();
    private bool _saidSomething;

    /// <summary>Called when it ends without having said anything on its standard output.</summary>
    public Action? EndedSilently { get; set; }

    /// <summary>Identity of the exec.</summary>
    public string Id { get; } = id;

    /// <summary>Both output streams as they come.</summary>
    public MultiplexedReader Output { get; } = new(connection);

    /// <summary>What it said on standard error so far.</summary>
    public string Complaint => _complaint.ToString().Trim();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            // The relay asks so whether data is there before it rents a buffer.
            return await connection.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            var (count, isError) = await Output.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (!isError)
            {
                if (count == 0 && !_saidSomething)
                {
                    EndedSilently?.Invoke();
                }

                _saidSomething = true;
                return count;
            }

            if (_complaint.Length < MostComplaint)
            {
                _complaint.Append(Encoding.UTF8.GetString(buffer.Span[..count]));
            }
        }
    }

    /// <summary>
    /// Reads what it says on standard error until that holds a text, until it says something on standard output, or to its end.
    /// </summary>
    public async Task<string> ReadComplaintAsync(string until, int mostCharacters, CancellationToken cancellationToken)
    {
        var words = new StringBuilder();
        var buffer = new byte[512];
        while (words.Length < mostCharacters && !words.ToString().Contains(until, StringComparison.Ordinal))
        {
            var (count, isError) = await Output.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0 || !isError)
            {
                break;
            }

            words.Append(Encoding.UTF8.GetString(buffer.AsSpan(0, count)));
        }

        return words.ToString();
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        connection.WriteAsync(buffer, offset, count, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

    public override void Flush() => connection.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Dispose();
            response.Dispose();
        }

        base.Dispose(disposing);
    }
}
