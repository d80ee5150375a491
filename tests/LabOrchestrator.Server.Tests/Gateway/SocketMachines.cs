using System.Collections.Concurrent;
using System.Net.Sockets;
using LabOrchestrator.Conformance;
using LabOrchestrator.Consoles;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Server.Gateway;

namespace LabOrchestrator.Server.Tests.Gateway;

/// <summary>One machine with a graphical console and a terminal, both behind a unix socket, as QEMU and the keeper are.</summary>
internal sealed class SocketMachines : IMachineConsoles, IConsoleDirectory, IDisposable
{
    public const long Instance = 12;
    public const string Machine = "server";
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"gw-{Path.GetRandomFileName()}");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    // An end that a test does not look at is still there: the collector would close it.
    private readonly ConcurrentBag<MachineEnd> _ends = [];

    public SocketMachines()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(_path));
        _listener.Listen(512);
    }

    /// <summary>What the directory answers instead of the console.</summary>
    public ConsoleResolution? Answer { get; set; }

    /// <summary>What dialling throws.</summary>
    public Exception? Failure { get; set; }

    /// <summary>When set, dialling waits for its cancellation.</summary>
    public bool Hangs { get; set; }

    /// <summary>Called when dialling begins.</summary>
    public Action? BeforeDial { get; set; }

    /// <summary>How often a console was dialled.</summary>
    public int Dialled { get; private set; }

    public async Task<MachineEnd> AcceptAsync()
    {
        var end = new MachineEnd(await _listener.AcceptAsync().WaitAsync(Eventually.Patience));
        _ends.Add(end);
        return end;
    }

    public Task<ConsoleResolution> ResolveAsync(ConsoleRequest request, CancellationToken cancellationToken) => Task.FromResult(
        Answer ?? new ConsoleResolution.Found(
            new ConsoleDefinition(request.Console, request.Console == "terminal" ? ConsoleKind.Terminal : ConsoleKind.Graphical), this));

    public async Task<Stream> OpenAsync(long instanceId, string machine, ConsoleDefinition console, CancellationToken cancellationToken)
    {
        Dialled++;
        BeforeDial?.Invoke();
        if (Failure is not null)
        {
            throw Failure;
        }

        if (Hangs)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var end in _ends)
        {
            end.Dispose();
        }

        File.Delete(_path);
    }
}
