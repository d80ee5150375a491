using System.Net;
using LabOrchestrator.Kubernetes.Api.Errors;

namespace LabOrchestrator.Kubernetes.Api.Requests;

/// <summary>A refused upgrade's answer: the WebSocket client throws it away.</summary>
internal sealed class RefusalCapture(string what) : DelegatingHandler
{
    /// <summary>The server's refusal, or null.</summary>
    public KubernetesException? Refused { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            Refused = Refusal.Of(response.StatusCode, body, what, response.Headers.RetryAfter?.Delta);
        }

        return response;
    }
}
