using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Access;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Tokens of service accounts.</summary>
internal sealed class TokenRequests(ObjectStore store, KindRegistry kinds, Authentication authentication, TimeProvider time)
{
    public async Task ServeAsync(HttpContext context, RequestInfo request)
    {
        var kind = kinds.Find("", "serviceaccounts")!;
        _ = store.Of(kind).Find(request.Namespace!, request.Name!) ?? throw ApiRefusal.NotFound(kind, request.Name!);
        var token = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        authentication.Add(token, User.ServiceAccount(request.Namespace!, request.Name!));
        await Answers.WriteAsync(context, 201, new JsonObject
        {
            ["kind"] = "TokenRequest",
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["metadata"] = new JsonObject { ["name"] = request.Name, ["namespace"] = request.Namespace },
            ["status"] = new JsonObject { ["token"] = token, ["expirationTimestamp"] = ObjectJson.Time(time.GetUtcNow().AddHours(1)) },
        });
    }
}
