using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Conformance.Runtimes;

/// <summary>A person at a terminal: attaches to a keeper's stream, types, reads.</summary>
public sealed class KeeperClient(Stream stream) : IAsyncDisposable
{
    private readonly StringBuilder _text = new();
    private readonly byte[] _chunk = new byte[16 << 10];
    private ReadOnlySequence<byte> _rest = ReadOnlySequence<byte>.Empty;
    private Task<bool>? _received;

    /// <summary>What the keeper said of itself; changes when it restarts.</summary>
    public ulong Epoch { get; private set; }

    /// <summary>Number of the byte after the last one seen.</summary>
    public ulong Next { get; private set; }

    /// <summary>Everything that was shown.</summary>
    public string Text => _text.ToString();

    /// <summary>What its program ended with; null while there is none, or it runs.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Attaches, from a byte number on, and waits for the greeting.</summary>
    public static async Task<KeeperClient> AttachAsync(Stream stream, ulong from, CancellationToken cancellationToken)
    {
        var client = new KeeperClient(stream);
        var wanted = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(wanted, from);
        await client.SendAsync(KeeperProtocol.Attach, wanted, cancellationToken);
        while (client.Epoch == 0)
        {
            (await client.ReceiveAsync(cancellationToken)).ShouldBeTrue("the keeper closed before it greeted");
        }

        return client;
    }

    /// <summary>Types.</summary>
    public Task TypeAsync(string text, CancellationToken cancellationToken) =>
        SendAsync(KeeperProtocol.Input, Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Says how large the window is.</summary>
    public Task ResizeAsync(ushort columns, ushort rows, CancellationToken cancellationToken)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(size, columns);
        BinaryPrimitives.WriteUInt16BigEndian(size.AsSpan(2), rows);
        return SendAsync(KeeperProtocol.Resize, size, cancellationToken);
    }

    /// <summary>Reads until a text was shown; fails when the stream ends before.</summary>
    public async Task ReadUntilAsync(string expected, CancellationToken cancellationToken)
    {
        try
        {
            while (!Text.Contains(expected, StringComparison.Ordinal))
            {
                if (!await ReceiveAsync(cancellationToken))
                {
                    Assert.Fail($"The terminal ended before it showed \"{expected}\". It showed:\n{Text}");
                }
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The terminal did not show \"{expected}\"{(ExitCode is { } code ? $", its program ended with {code}" : "")}. It showed:\n{Text}");
        }
    }

    /// <summary>Reads what the terminal shows next, if it shows anything soon.</summary>
    /// <returns>Whether it showed anything; false when the time went by, or the stream ended.</returns>
    public async Task<bool> ReadMoreAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        // The read that is under way stays for the next caller: one that is cancelled could take bytes with it.
        _received ??= ReceiveNextAsync(CancellationToken.None);
        return await Task.WhenAny(_received, Task.Delay(patience, TimeProvider.System, cancellationToken)) == _received
            && await ReceiveAsync(cancellationToken);
    }

    /// <summary>Reads until the stream ends.</summary>
    public async Task ReadToEndAsync(CancellationToken cancellationToken)
    {
        while (await ReceiveAsync(cancellationToken))
        {
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task SendAsync(byte type, byte[] payload, CancellationToken cancellationToken)
    {
        var writer = new ArrayBufferWriter<byte>();
        KeeperFrame.Write(writer, type, payload);
        await stream.WriteAsync(writer.WrittenMemory, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    private async Task<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        if (_received is { } received)
        {
            var isMore = await received.WaitAsync(cancellationToken);
            _received = null;
            return isMore;
        }

        return await ReceiveNextAsync(cancellationToken);
    }

    private async Task<bool> ReceiveNextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (KeeperFrame.TryRead(ref _rest, out var frame))
            {
                Take(frame.Type, frame.Payload.ToArray());
                return true;
            }

            var count = await stream.ReadAsync(_chunk, cancellationToken);
            if (count == 0)
            {
                return false;
            }

            _rest = new ReadOnlySequence<byte>([.. _rest.ToArray(), .. _chunk.AsSpan(0, count)]);
        }
    }

    private void Take(byte type, byte[] payload)
    {
        switch (type)
        {
            case KeeperProtocol.Hello:
                payload[0].ShouldBe(KeeperProtocol.Version);
                Epoch = BinaryPrimitives.ReadUInt64BigEndian(payload.AsSpan(1));
                Next = BinaryPrimitives.ReadUInt64BigEndian(payload.AsSpan(9));
                break;
            case KeeperProtocol.Output:
                BinaryPrimitives.ReadUInt64BigEndian(payload).ShouldBe(Next, "output bytes are numbered without a gap");
                Next += (ulong)(payload.Length - 8);
                _text.Append(Encoding.UTF8.GetString(payload, 8, payload.Length - 8));
                break;
            case KeeperProtocol.Lost:
                Next = BinaryPrimitives.ReadUInt64BigEndian(payload.AsSpan(8));
                break;
            case KeeperProtocol.Exit:
                ExitCode = BinaryPrimitives.ReadInt32BigEndian(payload);
                break;
            default:
                break;
        }
    }
}
