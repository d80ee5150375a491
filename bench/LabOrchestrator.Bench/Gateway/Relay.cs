using System.Net;
using System.Net.Sockets;
using LabOrchestrator.Bench.Measuring;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>A relay under test in a process of its own: the gateway or websockify.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly Child _process;

    private Relay(Child process, string kind, int port) => (_process, Kind, Port) = (process, kind, port);

    public string Kind { get; }

    public int Port { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts the gateway.</summary>
    public static async Task<Relay> StartGatewayAsync(string socket, CancellationToken cancellationToken, int? port = null)
    {
        var at = port ?? FreePort();
        var (child, _) = await Child.StartRoleAsync(cancellationToken, "role-gateway", $"{at}", socket);
        return new Relay(child, "gateway", at);
    }

    /// <summary>Starts websockify.</summary>
    public static async Task<Relay> StartWebsockifyAsync(string socket, CancellationToken cancellationToken)
    {
        var port = FreePort();
        var child = Child.Start(
            "/bin/sh", "-c", "exec websockify --unix-target=\"$1\" \"127.0.0.1:$2\" >/dev/null 2>&1", "sh", socket, $"{port}");
        for (var tries = 0; tries < 200; tries++)
        {
            try
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await probe.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return new Relay(child, "websockify", port);
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }

        await child.DisposeAsync();
        throw new InvalidOperationException("websockify did not start. Install it: apt-get install websockify.");
    }

    /// <summary>Starts browsers before it.</summary>
    public async Task<Child> StartBrowsersAsync(CancellationToken cancellationToken) =>
        (await Child.StartRoleAsync(cancellationToken, "role-browsers", $"{Port}", Kind)).Child;

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
