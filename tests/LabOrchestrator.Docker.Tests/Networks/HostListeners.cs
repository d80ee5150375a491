using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;

namespace LabOrchestrator.Docker.Tests.Networks;

/// <summary>Listens on all addresses of the host, TCP and UDP, IPv4 and IPv6, and keeps what arrives.</summary>
internal sealed class HostListeners : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly TcpListener _tcp;
    private readonly UdpClient _udp;
    private readonly ConcurrentBag<string> _arrived = [];

    public HostListeners()
    {
        // One socket for both families: '::' takes IPv4 too.
        _tcp = TcpListener.Create(0);
        _tcp.Start();
        _udp = new UdpClient(AddressFamily.InterNetworkV6);
        _udp.Client.DualMode = true;
        _udp.Client.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        _ = AcceptAsync();
        _ = ReceiveAsync();
    }

    public int TcpPort => ((IPEndPoint)_tcp.LocalEndpoint).Port;

    public int UdpPort => ((IPEndPoint)_udp.Client.LocalEndPoint!).Port;

    /// <summary>What came so far: the text of datagrams, <c>tcp</c> for connections.</summary>
    public IReadOnlyCollection<string> Arrived => _arrived;

    /// <summary>Every IPv4 address that the host has now.</summary>
    public static IReadOnlyList<string> Addresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .Where(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a))
            .Select(a => a.ToString()),
    ];

    /// <summary>Control: the host itself reaches the listener at that link-local address of its own. What came of it is in <see cref="Arrived"/> then.</summary>
    public async Task ShouldAnswerAsync(string linkLocal, string card, CancellationToken cancellationToken)
    {
        var before = Arrived.Count;
        while (!await TryReachAsync(linkLocal, card, cancellationToken))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
        }

        // The kernel connects before we accept: what is not waited for would be counted as an attack.
        while (Arrived.Count == before)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _tcp.Dispose();
        _udp.Dispose();
        _end.Dispose();
    }

    private async Task<bool> TryReachAsync(string linkLocal, string card, CancellationToken cancellationToken)
    {
        using var client = new TcpClient(AddressFamily.InterNetworkV6);
        try
        {
            await client.ConnectAsync(IPAddress.Parse($"{linkLocal}%{card}"), TcpPort, cancellationToken);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            // The kernel still looks whether a neighbour has the address.
            return false;
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _tcp.AcceptTcpClientAsync(_end.Token);
                _arrived.Add("tcp");
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                _arrived.Add(Encoding.UTF8.GetString((await _udp.ReceiveAsync(_end.Token)).Buffer).Trim());
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }
}
