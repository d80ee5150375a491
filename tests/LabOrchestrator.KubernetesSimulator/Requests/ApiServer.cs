using LabOrchestrator.KubernetesSimulator.Access;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Streams;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>The way of a request: counted, spoilt when a fault says so, authenticated, authorised, served.</summary>
internal sealed class ApiServer(
    Authentication authentication, Rbac rbac, Faults faults, Discovery discovery, ObjectRequests objects, SubresourceRequests subresources)
{
    public async Task ServeAsync(HttpContext context)
    {
        try
        {
            await (context.WebSockets.IsWebSocketRequest ? faults.CarryAsync(context, () => TryServeAsync(context)) : TryServeAsync(context));
        }
        catch (ApiRefusal refusal) when (!context.Response.HasStarted)
        {
            await Answers.RefuseAsync(context, refusal);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client is gone.
        }
    }

    private async Task TryServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (path is "/healthz" or "/livez" or "/readyz")
        {
            await context.Response.WriteAsync("ok");
            return;
        }

        var request = RequestInfo.Of(context.Request);
        faults.Count(request?.Verb ?? "get", request?.Label ?? path);
        await faults.StrikeAsync(context, request);
        var user = authentication.Of(context);
        if (request is null)
        {
            await Answers.WriteAsync(context, 200, discovery.Answer(path) ?? throw ApiRefusal.UnknownPath());
            return;
        }

        if (!AccessRequest(request))
        {
            rbac.Demand(user, KubeVirtSubresources.Checked(request));
        }

        if (!await subresources.TryServeAsync(context, request, user))
        {
            await objects.ServeAsync(context, request, user);
        }
    }

    /// <summary>Everybody may ask what they may do.</summary>
    private static bool AccessRequest(RequestInfo request) =>
        request is { Group: "authorization.k8s.io", Resource: "selfsubjectaccessreviews" } or { Group: KubeVirtSubresources.Group, Resource: "version" or "healthz" };
}
