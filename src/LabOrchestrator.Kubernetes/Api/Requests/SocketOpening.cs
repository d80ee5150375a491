using System.Net.WebSockets;
using LabOrchestrator.Kubernetes.Api.Configuration;

namespace LabOrchestrator.Kubernetes.Api.Requests;

/// <summary>Opens WebSockets over the same connections' settings as every request: TLS, proxy, name.</summary>
internal static class SocketOpening
{
    /// <summary>Often enough for the proxies on the way, most of which cut after a minute of silence.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(20);

    /// <exception cref="Errors.KubernetesException">The upgrade was refused, with the server's words.</exception>
    public static async Task<ClientWebSocket> OpenAsync(
        ApiRequest request,
        IReadOnlyList<string> protocols,
        Impersonation? impersonation,
        ClusterLink link,
        ClusterCredentials credentials,
        CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            Prepare(socket.Options, protocols, impersonation, link, credentials);
            // Not disposed: that would end the shared connections' handler with it.
            var capture = new RefusalCapture(request.ToString());
            using var invoker = link.InvokerFor(capture);
            try
            {
                await socket.ConnectAsync(request.SocketAddress(link.Configuration.Server), invoker, cancellationToken).ConfigureAwait(false);
            }
            catch (WebSocketException e)
            {
                throw capture.Refused ?? (Exception)new HttpRequestException(e.InnerException?.Message ?? e.Message, e);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Prepare(
        ClientWebSocketOptions options, IReadOnlyList<string> protocols, Impersonation? impersonation, ClusterLink link, ClusterCredentials credentials)
    {
        options.KeepAliveInterval = KeepAlive;
        foreach (var protocol in protocols)
        {
            options.AddSubProtocol(protocol);
        }

        options.SetRequestHeader("User-Agent", "lab-orchestrator");
        if (credentials.Authorization is { } authorization)
        {
            options.SetRequestHeader("Authorization", authorization.ToString());
        }

        if (link.HostHeader is { } host)
        {
            options.SetRequestHeader("Host", host);
        }

        foreach (var (name, value) in (impersonation ?? link.Configuration.Impersonation)?.Headers() ?? [])
        {
            options.SetRequestHeader(name, value);
        }
    }
}
