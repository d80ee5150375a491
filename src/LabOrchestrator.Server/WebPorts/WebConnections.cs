using System.Text;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>
/// The connections to machines. They are kept for the next request, because each costs a process in the lab's helper; how many one port
/// gets is limited for the same reason.
/// </summary>
internal sealed class WebConnections : IDisposable
{
    private static readonly HttpRequestOptionsKey<IMachinePorts> PortsKey = new("ports");
    private static readonly HttpRequestOptionsKey<WebPort> PortKey = new("port");

    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler
    {
        ConnectCallback = ConnectAsync,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        MaxConnectionsPerServer = 64,
        MaxResponseHeadersLength = 64,
        MaxResponseDrainSize = 64 << 10,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    });

    /// <summary>A request for a port; the target is path and query as they are to be sent.</summary>
    public static HttpRequestMessage Request(HttpMethod method, WebPort port, string target, IMachinePorts ports)
    {
        // The label makes the pool of connections: one for each port of each machine.
        var address = new Uri($"http://{port.Label}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(method, address) { Version = new Version(1, 1), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Options.Set(PortsKey, ports);
        request.Options.Set(PortKey, port);
        return request;
    }

    /// <summary>Sends a request and returns with the answer's headers.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _invoker.SendAsync(request, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _invoker.Dispose();

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var options = context.InitialRequestMessage.Options;
        return options.TryGetValue(PortsKey, out var ports) && options.TryGetValue(PortKey, out var port)
            ? await ports.OpenPortAsync(port.InstanceId, port.Machine, port.Port, cancellationToken)
            : throw new InvalidOperationException("Only requests for ports of machines are sent here.");
    }
}
