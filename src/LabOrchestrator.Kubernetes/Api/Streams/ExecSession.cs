using System.Globalization;
using System.Net;
using System.Text;
using LabOrchestrator.Kubernetes.Api.Errors;

namespace LabOrchestrator.Kubernetes.Api.Streams;

/// <summary>
/// A command that runs in a container. Read in one place until <see cref="ExecOutput.Ended"/>; what is not read holds the command
/// back. Disposing closes its streams, which ends most commands.
/// </summary>
internal sealed class ExecSession : IAsyncDisposable, IDisposable
{
    public const string V5 = "v5.channel.k8s.io";
    public const string V4 = "v4.channel.k8s.io";

    private const byte InputChannel = 0;
    private const byte OutputChannel = 1;
    private const byte ErrorsChannel = 2;
    private const byte StatusChannel = 3;
    private const byte ResizeChannel = 4;
    private const byte CloseChannel = 255;
    private const int MostStatus = 64 * 1024;

    /// <summary>After the command's end the server closes at once; who does not must not keep us.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private readonly ChannelSocket _socket;
    private readonly string _request;
    private readonly MemoryStream _status = new();
    private bool _statusKnown;
    private bool _ended;

    public ExecSession(ChannelSocket socket, string request)
    {
        (_socket, _request) = (socket, request);
    }

    /// <summary>The server can tell the command that its input ends: Kubernetes 1.30 and later.</summary>
    public bool CanCompleteInput => _socket.Protocol == V5;

    /// <summary>The command's exit code, once <see cref="ReadAsync"/> has told its end.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Reads what the command says. With an empty buffer it waits for something to read, and tells Output.</summary>
    /// <exception cref="KubernetesException">The command could not be run; the message is the runtime's.</exception>
    /// <exception cref="IOException">The connection broke before the command ended.</exception>
    public async ValueTask<(ExecOutput From, int Count)> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!_ended)
        {
            var read = await ReadSocketAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read.Ended)
            {
                _ended = true;
                break;
            }

            if (buffer.IsEmpty)
            {
                return (ExecOutput.Output, 0);
            }

            if (read.Channel == StatusChannel)
            {
                Keep(buffer.Span[..read.Count], read.EndOfMessage);
            }
            else if (read.Count > 0 && read.Channel is (OutputChannel or ErrorsChannel))
            {
                return (read.Channel == OutputChannel ? ExecOutput.Output : ExecOutput.Errors, read.Count);
            }
        }

        Conclude();
        return (ExecOutput.Ended, 0);
    }

    /// <summary>Writes to the command's input.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken) =>
        input.IsEmpty ? ValueTask.CompletedTask : _socket.WriteAsync(InputChannel, input, cancellationToken);

    /// <summary>Tells the command that its input ends.</summary>
    /// <exception cref="NotSupportedException">The server cannot: see <see cref="CanCompleteInput"/>.</exception>
    public ValueTask CompleteInputAsync(CancellationToken cancellationToken)
    {
        EnsureCanCompleteInput();
        return _socket.WriteAsync(CloseChannel, new byte[] { InputChannel }, cancellationToken);
    }

    /// <exception cref="NotSupportedException">The server cannot end a command's input.</exception>
    public void EnsureCanCompleteInput()
    {
        if (!CanCompleteInput)
        {
            throw new NotSupportedException("This Kubernetes cannot end a command's input. Update it to 1.30 or later, or use a command that knows how much it is to read.");
        }
    }

    /// <summary>Sets the terminal's size.</summary>
    public ValueTask ResizeAsync(int columns, int rows, CancellationToken cancellationToken) => _socket.WriteAsync(
        ResizeChannel, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"Width":{{columns}},"Height":{{rows}}}""")), cancellationToken);

    /// <summary>Its output and input as one stream, which owns it; what it says on its standard error is kept apart.</summary>
    public ExecStream AsStream() => new(this);

    public ValueTask DisposeAsync() => _socket.DisposeAsync();

    public void Dispose() => _socket.Dispose();

    private async ValueTask<ChannelRead> ReadSocketAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_statusKnown)
        {
            return await _socket.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }

        using var patience = new CancellationTokenSource(EndPatience, _socket.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await _socket.ReadAsync(buffer, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ChannelRead(0, 0, true, true);
        }
    }

    private void Keep(ReadOnlySpan<byte> part, bool last)
    {
        if (_status.Length + part.Length <= MostStatus)
        {
            _status.Write(part);
        }

        // Servers announce a channel with an empty message.
        _statusKnown |= last && _status.Length > 0;
    }

    private void Conclude()
    {
        if (ExitCode is not null)
        {
            return;
        }

        if (!_statusKnown)
        {
            throw new IOException(_socket.Goodbye is { Length: > 0 } words
                ? $"{_request}: the connection ended before the command: {words}"
                : $"{_request}: the connection broke before the command ended.");
        }

        var status = Refusal.Read(_status.GetBuffer().AsSpan(0, (int)_status.Length));
        if (status.Status == "Success")
        {
            ExitCode = 0;
        }
        else if (status.Reason == "NonZeroExitCode"
            && int.TryParse(status.Details?.Causes.FirstOrDefault(c => c.Reason == "ExitCode")?.Message, CultureInfo.InvariantCulture, out var code))
        {
            ExitCode = code;
        }
        else
        {
            throw Refusal.Of((HttpStatusCode)(status.Code ?? 500), status, _request);
        }
    }
}
