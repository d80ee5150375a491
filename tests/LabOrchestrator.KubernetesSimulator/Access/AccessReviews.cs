using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Access;

/// <summary>SelfSubjectAccessReview and SubjectAccessReview: objects that are answered and not kept.</summary>
internal static class AccessReviews
{
    public static JsonObject Answer(JsonObject review, User user, Rbac rbac)
    {
        var spec = review.Part("spec");
        if (review.Text("kind") == "SubjectAccessReview")
        {
            user = new User(spec.Text("user") ?? "", [.. spec.Texts("groups")]);
        }

        var allowed = user.IsMaster;
        if (spec["resourceAttributes"] is JsonObject asked)
        {
            var @namespace = asked.Text("namespace") is { Length: > 0 } space ? space : null;
            allowed = rbac.Allows(
                user, asked.Text("verb") ?? "", asked.Text("group") ?? "", asked.Text("resource") ?? "",
                asked.Text("subresource") is { Length: > 0 } part ? part : null, @namespace, asked.Text("name"));
        }

        var answer = (JsonObject)review.DeepClone();
        answer.Part("metadata");
        answer["status"] = allowed
            ? new JsonObject { ["allowed"] = true, ["reason"] = "RBAC: allowed" }
            : new JsonObject { ["allowed"] = false };
        return answer;
    }
}
