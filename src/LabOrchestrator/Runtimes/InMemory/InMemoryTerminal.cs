using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Runtimes.InMemory;

/// <summary>A line shell behind the keeper protocol: <c>echo</c>, <c>hostname</c>, <c>write NAME TEXT</c>, <c>read NAME</c>.</summary>
internal sealed class InMemoryTerminal : IDisposable
{
    private const int RingBytes = 256 * 1024;
    private readonly Lock _lock = new();
    private readonly string _machine;
    private readonly ConcurrentDictionary<string, string> _disk;
    private readonly long _epoch = Random.Shared.NextInt64();
    private readonly List<DuplexPipe> _clients = [];
    private readonly StringBuilder _line = new();
    private readonly List<byte> _held = [];
    private byte[] _ring = [];
    private long _end;
    private bool _frozen;
    private bool _ended;

    public InMemoryTerminal(string machine, ConcurrentDictionary<string, string> disk)
    {
        _machine = machine;
        _disk = disk;
        Print($"{machine}:~$ ");
    }

    public Stream Attach()
    {
        var pipe = new DuplexPipe();
        _ = ServeAsync(pipe);
        return pipe.Client;
    }

    public void Freeze(bool frozen)
    {
        lock (_lock)
        {
            _frozen = frozen;
            if (!frozen)
            {
                var held = _held.ToArray();
                _held.Clear();
                Type(held);
            }
        }
    }

    public CommandResult Run(IReadOnlyList<string> command)
    {
        var (code, output) = Execute([.. command]);
        return new CommandResult(code, output);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            foreach (var client in _clients)
            {
                client.ToClient.Complete();
            }

            _clients.Clear();
        }
    }

    private async Task ServeAsync(DuplexPipe pipe)
    {
        try
        {
            while (true)
            {
                var read = await pipe.FromClient.ReadAsync().ConfigureAwait(false);
                var buffer = read.Buffer;
                while (KeeperFrame.TryRead(ref buffer, out var frame))
                {
                    Handle(pipe, frame);
                }

                pipe.FromClient.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            // A client that breaks the protocol, or whose machine ended, is let go.
        }
        finally
        {
            lock (_lock)
            {
                _clients.Remove(pipe);
                pipe.ToClient.Complete();
            }

            await pipe.FromClient.CompleteAsync().ConfigureAwait(false);
        }
    }

    private void Handle(DuplexPipe pipe, KeeperFrame frame)
    {
        lock (_lock)
        {
            switch (frame.Type)
            {
                case KeeperProtocol.Attach:
                    Welcome(pipe, BinaryPrimitives.ReadInt64BigEndian(frame.Payload.ToArray()));
                    break;
                case KeeperProtocol.Input when _frozen:
                    _held.AddRange(frame.Payload.ToArray());
                    break;
                case KeeperProtocol.Input:
                    Type(frame.Payload.ToArray());
                    break;
                default:
                    break;
            }
        }
    }

    private void Welcome(DuplexPipe pipe, long next)
    {
        var first = Math.Clamp(next, _end - _ring.Length, _end);
        Span<byte> hello = stackalloc byte[17];
        hello[0] = KeeperProtocol.Version;
        BinaryPrimitives.WriteInt64BigEndian(hello[1..], _epoch);
        BinaryPrimitives.WriteInt64BigEndian(hello[9..], first);
        KeeperFrame.Write(pipe.ToClient, KeeperProtocol.Hello, hello);
        for (var at = first; at < _end; at += 32_768)
        {
            var length = (int)Math.Min(32_768, _end - at);
            WriteOutput(pipe.ToClient, at, _ring.AsSpan((int)(_ring.Length - (_end - at)), length));
        }

        _ = pipe.ToClient.FlushAsync().AsTask();

        if (_ended)
        {
            pipe.ToClient.Complete();
        }
        else
        {
            _clients.Add(pipe);
        }
    }

    private void Type(byte[] input)
    {
        foreach (var c in Encoding.UTF8.GetString(input))
        {
            switch (c)
            {
                case '\r' or '\n':
                    Print("\r\n");
                    var (_, output) = Execute(_line.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
                    _line.Clear();
                    Print(output.Replace("\n", "\r\n", StringComparison.Ordinal) + $"{_machine}:~$ ");
                    break;
                case '\u007f' when _line.Length > 0:
                    _line.Length--;
                    Print("\b \b");
                    break;
                case >= ' ':
                    _line.Append(c);
                    Print(c.ToString());
                    break;
                default:
                    break;
            }
        }
    }

    private (int Code, string Output) Execute(string[] words) => words switch
    {
        [] => (0, ""),
        ["true"] => (0, ""),
        ["false"] => (1, ""),
        ["hostname"] => (0, _machine + "\n"),
        ["echo", .. var rest] => (0, string.Join(' ', rest) + "\n"),
        ["write", var name, .. var rest] => Written(name, string.Join(' ', rest)),
        ["read", var name] => _disk.TryGetValue(name, out var text) ? (0, text + "\n") : (1, $"{name}: no such file\n"),
        [var other, ..] => (127, $"{other}: command not found\n"),
    };

    private (int Code, string Output) Written(string name, string text)
    {
        _disk[name] = text;
        return (0, "");
    }

    private void Print(string text)
    {
        lock (_lock)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var all = (byte[])[.. _ring, .. bytes];
            _ring = all.Length > RingBytes ? all[^RingBytes..] : all;
            foreach (var client in _clients)
            {
                WriteOutput(client.ToClient, _end, bytes);
                _ = client.ToClient.FlushAsync().AsTask();
            }

            _end += bytes.Length;
        }
    }

    private static void WriteOutput(PipeWriter writer, long number, ReadOnlySpan<byte> bytes)
    {
        Span<byte> first = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(first, number);
        KeeperFrame.Write(writer, KeeperProtocol.Output, first, bytes);
    }
}
