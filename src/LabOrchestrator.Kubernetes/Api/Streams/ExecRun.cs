using System.Buffers;

namespace LabOrchestrator.Kubernetes.Api.Streams;

/// <summary>Feeds a command and keeps what it says.</summary>
internal sealed class ExecRun(ExecSession session, int mostOutput) : IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly MemoryStream _errors = new();
    private bool _truncated;

    public async Task<ExecResult> ToEndAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        if (!input.IsEmpty)
        {
            session.EnsureCanCompleteInput();
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var feeding = FeedAsync(input, over.Token);
        try
        {
            await ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // A command may end without reading everything; then the rest is of no interest.
            await over.CancelAsync().ConfigureAwait(false);
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return new ExecResult(session.ExitCode ?? -1, _output.ToArray(), _errors.ToArray(), _truncated);
    }

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    private async Task FeedAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        if (!input.IsEmpty)
        {
            await session.WriteAsync(input, cancellationToken).ConfigureAwait(false);
            await session.CompleteInputAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (true)
            {
                var (from, count) = await session.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (from == ExecOutput.Ended)
                {
                    return;
                }

                var kept = from == ExecOutput.Output ? _output : _errors;
                var room = (int)Math.Min(count, mostOutput - kept.Length);
                kept.Write(buffer, 0, room);
                _truncated |= room < count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
