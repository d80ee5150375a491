using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Access;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Streams;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Requests that are not about stored objects alone.</summary>
internal sealed class SubresourceRequests(ObjectWriter writer, Rbac rbac, Authentication authentication, PodStreams pods, MachineRequests machines, TimeProvider time)
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
                await TokenAsync(context, request);
                return true;
            case { Group: "", Resource: "pods", Subresource: "exec" or "portforward" or "log" }:
                await pods.ServeAsync(context, request);
                return true;
            case { Group: "upload.cdi.kubevirt.io", Version: "v1beta1", Resource: "uploadtokenrequests", Verb: "create" }
                when writer.Kinds.Find("cdi.kubevirt.io", "datavolumes") is not null:
                await UploadTokenAsync(context, request);
                return true;
            case { Group: KubeVirtSubresources.Group, Version: "v1" } when writer.Kinds.Find("kubevirt.io", "virtualmachines") is not null:
                await machines.ServeAsync(context, request, user);
                return true;
            default:
                return false;
        }
    }

    private async Task TokenAsync(HttpContext context, RequestInfo request)
    {
        var kind = writer.Kinds.Find("", "serviceaccounts")!;
        _ = writer.Store.Of(kind).Find(request.Namespace!, request.Name!) ?? throw ApiRefusal.NotFound(kind, request.Name!);
        var token = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        authentication.Add(token, User.ServiceAccount(request.Namespace!, request.Name!));
        await Answers.WriteAsync(context, 201, new JsonObject
        {
            ["kind"] = "TokenRequest", ["apiVersion"] = "authentication.k8s.io/v1", ["metadata"] = new JsonObject { ["name"] = request.Name, ["namespace"] = request.Namespace },
            ["status"] = new JsonObject { ["token"] = token, ["expirationTimestamp"] = ObjectJson.Time(time.GetUtcNow().AddHours(1)) },
        });
    }

    private async Task UploadTokenAsync(HttpContext context, RequestInfo request)
    {
        var body = await Answers.ReadAsync(context) as JsonObject ?? [];
        var claims = writer.Kinds.Find("", "persistentvolumeclaims")!;
        var claim = body.Text("spec", "pvcName") ?? throw ApiRefusal.Invalid(
            new ResourceKind(request.Group, request.Version, "UploadTokenRequest", request.Resource, true, null!), "", [new StatusCause("FieldValueRequired", "Required value", "spec.pvcName")]);
        _ = writer.Store.Of(claims).Find(request.Namespace!, claim) ?? throw ApiRefusal.NotFound(claims, claim);
        body.Part("metadata")["namespace"] = request.Namespace;
        body["status"] = new JsonObject { ["token"] = "upload-" + Guid.NewGuid().ToString("N") };
        await Answers.WriteAsync(context, 201, body);
    }
}
