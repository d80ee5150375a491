using System.Text;

namespace LabOrchestrator.Kubernetes.Api.Streams;

/// <summary>
/// One TCP connection to a port inside a pod. It has no half close. What the node says went wrong, such as that nobody listens
/// there, is an <see cref="IOException"/> of the next read.
/// </summary>
internal sealed class ForwardedStream(ChannelSocket socket, string request) : AsyncStream
{
    private const byte DataChannel = 0;
    private const byte ErrorChannel = 1;
    private const int MostWords = 4096;

    private readonly MemoryStream _words = new();
    private readonly byte[] _wordsPart = new byte[256];
    private int _dataHead = 2;
    private int _errorHead = 2;
    private bool _ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_ended)
        {
            // A short buffer of our own until both channels have told their port, which is no data.
            var into = buffer.IsEmpty ? buffer : _dataHead > 0 ? _wordsPart.AsMemory(0, _dataHead) : buffer;
            var read = await socket.ReadAsync(into, cancellationToken).ConfigureAwait(false);
            _ended = read.Ended;
            if (read.Ended || buffer.IsEmpty)
            {
                break;
            }

            if (read.Channel == ErrorChannel)
            {
                Keep(into.Span[..read.Count]);
                _ended = read.EndOfMessage && _words.Length > 0;
            }
            else if (read.Channel == DataChannel && _dataHead > 0)
            {
                _dataHead -= read.Count;
            }
            else if (read.Channel == DataChannel && read.Count > 0)
            {
                return read.Count;
            }
        }

        return _ended && _words.Length > 0 ? throw new IOException($"{request}: {Words()}") : 0;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.IsEmpty ? ValueTask.CompletedTask : socket.WriteAsync(DataChannel, buffer, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await socket.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        var skip = Math.Min(_errorHead, part.Length);
        _errorHead -= skip;
        part = part[skip..];
        _words.Write(part[..Math.Min(part.Length, MostWords - (int)_words.Length)]);
    }

    private string Words() => Encoding.UTF8.GetString(_words.GetBuffer().AsSpan(0, (int)_words.Length)).Trim();
}
