using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using LabOrchestrator.Kubernetes.Api.Configuration;

namespace LabOrchestrator.Kubernetes.Api.Requests;

/// <summary>Connections to one API server under one configuration and with one client certificate.</summary>
internal sealed class ClusterLink : IDisposable
{
    private readonly SocketsHttpHandler _handler;

    public ClusterLink(ClusterConfiguration configuration, SslStreamCertificateContext? certificate)
    {
        Configuration = configuration;
        Certificate = certificate;
        _handler = new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            AllowAutoRedirect = false,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(60),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(30),
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(30),
            SslOptions = TlsOptions(configuration, certificate),
        };
        if (configuration.Proxy is { } proxy)
        {
            var words = proxy.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString).ToArray();
            _handler.Proxy = new WebProxy(proxy) { Credentials = words is [var name, var password] ? new NetworkCredential(name, password) : null };
        }

        Invoker = new HttpMessageInvoker(_handler, disposeHandler: false);
    }

    public ClusterConfiguration Configuration { get; }

    public SslStreamCertificateContext? Certificate { get; }

    public HttpMessageInvoker Invoker { get; }

    /// <summary>The handler takes the name to expect in the server's certificate from here; null is the address's.</summary>
    public string? HostHeader => Configuration.TlsServerName;

    /// <summary>An invoker of the caller's own that keeps the words of a refused upgrade.</summary>
    public HttpMessageInvoker InvokerFor(DelegatingHandler outer)
    {
        outer.InnerHandler = _handler;
        return new HttpMessageInvoker(outer, disposeHandler: false);
    }

    public void Dispose()
    {
        Invoker.Dispose();
        _handler.Dispose();
    }

    private static SslClientAuthenticationOptions TlsOptions(ClusterConfiguration configuration, SslStreamCertificateContext? certificate)
    {
        var options = new SslClientAuthenticationOptions { ClientCertificateContext = certificate };
        if (configuration.SkipTlsVerification)
        {
#pragma warning disable CA5359 // The administrator asked for it by name: insecure-skip-tls-verify.
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (configuration.Authorities is { } authorities)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return options;
    }

    /// <summary>
    /// The kernel looks after dead peers: pings of the WebSocket would count a reader that we hold back on purpose as dead.
    /// </summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
