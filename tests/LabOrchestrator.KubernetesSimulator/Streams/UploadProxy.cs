using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Controllers;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>CDI's upload proxy, on the address of the API: takes a disk for the claim that the token names.</summary>
internal sealed class UploadProxy(ClusterState cluster)
{
    private readonly ConcurrentDictionary<string, ObjectAddress> _tokens = new(StringComparer.Ordinal);

    /// <summary>Serves <c>/v1beta1/upload</c> in front of the API.</summary>
    public Task UseAsync(HttpContext context, Func<Task> next)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || context.Request.Path.Value is not ("/v1beta1/upload" or "/v1beta1/upload-async"))
        {
            return next();
        }

        return ServeAsync(context);
    }

    public async Task AnswerTokenRequestAsync(HttpContext context, RequestInfo request)
    {
        var body = await Answers.ReadAsync(context) as JsonObject ?? [];
        var claims = cluster.Kinds.Find("", "persistentvolumeclaims")!;
        var claim = body.Text("spec", "pvcName") ?? throw ApiRefusal.Invalid(
            new ResourceKind(request.Group, request.Version, "UploadTokenRequest", request.Resource, true, null!), "", [new StatusCause("FieldValueRequired", "Required value", "spec.pvcName")]);
        var found = cluster.Store.Of(claims).Find(request.Namespace!, claim) ?? throw ApiRefusal.NotFound(claims, claim);
        var token = "upload-" + Guid.NewGuid().ToString("N");
        _tokens[token] = found.Address;
        body.Part("metadata")["namespace"] = request.Namespace;
        body["status"] = new JsonObject { ["token"] = token };
        await Answers.WriteAsync(context, 201, body);
    }

    private async Task ServeAsync(HttpContext context)
    {
        try
        {
            await TakeAsync(context);
        }
        catch (ApiRefusal refusal)
        {
            await Answers.RefuseAsync(context, refusal);
        }
    }

    private async Task TakeAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization.ToString().Split(' ') is not ["Bearer", var token])
        {
            throw new ApiRefusal(400, "", "missing or malformed authorization header") { IsText = true };
        }

        if (!_tokens.TryGetValue(token, out var address))
        {
            throw new ApiRefusal(401, "", "unauthorized") { IsText = true };
        }

        var claim = cluster.Store.Find(address);
        var disk = cluster.Find("cdi.kubevirt.io", "datavolumes", address.Namespace, address.Name)?.Read();
        if (claim is null || disk.Text("status", "phase") != "UploadReady")
        {
            throw new ApiRefusal(503, "", "PVC is not ready for upload or was filled already") { IsText = true };
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        var bytes = 0L;
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            bytes += read;
        }

        DiskController.Receive(cluster, claim, bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
