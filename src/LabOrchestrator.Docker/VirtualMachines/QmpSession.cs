using System.Text;
using System.Text.Json;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.VirtualMachines;

/// <summary>A conversation with QEMU's monitor (QMP): lines of JSON. QEMU talks with one at a time.</summary>
internal sealed class QmpSession : IAsyncDisposable
{
    private const int LongestLine = 1 << 20;

    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[4096];
    private readonly MemoryStream _line = new();
    private int _start;
    private int _end;

    private QmpSession(Stream stream) => _stream = stream;

    /// <summary>Greets the monitor at a socket.</summary>
    public static async Task<QmpSession> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var session = new QmpSession(await GuestSocket.ConnectAsync(path, cancellationToken).ConfigureAwait(false));
        try
        {
            using var greeting = await session.ReadAsync(cancellationToken).ConfigureAwait(false);
            await session.ExecuteAsync("qmp_capabilities", cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a command without arguments and returns what it said.</summary>
    /// <exception cref="ConsoleUnavailableException">QEMU refused, or ended.</exception>
    public async Task<JsonElement> ExecuteAsync(string command, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes($"{{\"execute\":\"{command}\"}}\n"), cancellationToken).ConfigureAwait(false);
        while (true)
        {
            // Events come in between.
            using var answer = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (answer.RootElement.TryGetProperty("return", out var result))
            {
                return result.Clone();
            }

            if (answer.RootElement.TryGetProperty("error", out var error))
            {
                throw new ConsoleUnavailableException($"QEMU refused {command}: {error.GetProperty("desc").GetString()}");
            }
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<JsonDocument> ReadAsync(CancellationToken cancellationToken)
    {
        _line.SetLength(0);
        while (_line.Length < LongestLine)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                _line.Write(_buffer, _start, length);
                _start += length + 1;
                return JsonDocument.Parse(_line.GetBuffer().AsMemory(0, (int)_line.Length).ToArray());
            }

            _line.Write(_buffer, _start, _end - _start);
            _start = 0;
            _end = await _stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
            if (_end == 0)
            {
                throw new ConsoleUnavailableException("The machine ended.");
            }
        }

        throw new ConsoleUnavailableException("QEMU's monitor sent a line without end.");
    }
}
