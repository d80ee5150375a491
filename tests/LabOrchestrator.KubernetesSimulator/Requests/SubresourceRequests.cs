using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Access;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Streams;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Requests that are not about stored objects alone.</summary>
internal sealed class SubresourceRequests(KindRegistry kinds, Rbac rbac, TokenRequests tokens, PodStreams pods, MachineRequests machines, UploadProxy uploads)
{
    /// <summary>False: it is one about objects.</summary>
    public async Task<bool> TryServeAsync(HttpContext context, RequestInfo request, User user)
    {
        switch (request)
        {
            case { Group: "authorization.k8s.io", Version: "v1", Resource: "selfsubjectaccessreviews" or "subjectaccessreviews", Verb: "create" }:
                var review = await Answers.ReadAsync(context) as JsonObject ?? throw ApiRefusal.BadRequest("the request needs an object as its body");
                await Answers.WriteAsync(context, 201, AccessReviews.Answer(review, user, rbac));
                return true;
            case { Group: "", Resource: "serviceaccounts", Subresource: "token", Verb: "create" }:
                await tokens.ServeAsync(context, request);
                return true;
            case { Group: "", Resource: "pods", Subresource: "exec" or "portforward" or "log" }:
                await pods.ServeAsync(context, request);
                return true;
            case { Group: "upload.cdi.kubevirt.io", Version: "v1beta1", Resource: "uploadtokenrequests", Verb: "create" } when kinds.Find("cdi.kubevirt.io", "datavolumes") is not null:
                await uploads.AnswerTokenRequestAsync(context, request);
                return true;
            case { Group: KubeVirtSubresources.Group, Version: "v1" } when kinds.Find("kubevirt.io", "virtualmachines") is not null:
                await machines.ServeAsync(context, request, user);
                return true;
            default:
                return false;
        }
    }
}
