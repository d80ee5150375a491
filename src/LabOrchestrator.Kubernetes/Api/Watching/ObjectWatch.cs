using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Api.Watching;

/// <summary>An open watch.</summary>
internal sealed class ObjectWatch<T>(KubernetesKind<T> kind, HttpResponseMessage response) : IDisposable
    where T : KubernetesObject
{
    /// <summary>What happens, until the server ends the watch, which is normal.</summary>
    /// <exception cref="Errors.StateExpiredException">The version is too old: list again.</exception>
    /// <exception cref="RuntimeUnavailableException">The connection broke.</exception>
    public async IAsyncEnumerable<WatchEvent<T>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var lines = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, useZeroByteReads: true));
        try
        {
            while (true)
            {
                var read = await ReadOnAsync(lines, cancellationToken).ConfigureAwait(false);
                var rest = read.Buffer;
                while (rest.PositionOf((byte)'\n') is { } end)
                {
                    if (rest.Slice(0, end) is { IsEmpty: false } line && Parse(line) is { } seen)
                    {
                        yield return seen;
                    }

                    rest = rest.Slice(rest.GetPosition(1, end));
                }

                lines.AdvanceTo(rest.Start, rest.End);
                if (read.IsCompleted)
                {
                    yield break;
                }
            }
        }
        finally
        {
            await lines.CompleteAsync().ConfigureAwait(false);
        }
    }

    public void Dispose() => response.Dispose();

    private async ValueTask<ReadResult> ReadOnAsync(PipeReader lines, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new RuntimeUnavailableException($"The watch of {kind} broke: {e.Message}", e);
        }
    }

    private WatchEvent<T>? Parse(ReadOnlySequence<byte> line)
    {
        try
        {
            return WatchLine.Read(kind, line);
        }
        catch (JsonException e)
        {
            throw new RuntimeUnavailableException($"A watch of {kind} told what its kind does not look like: {e.Message}", e);
        }
    }
}
