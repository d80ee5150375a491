using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>Nothing comes into a namespace that is not there or is on its way out.</summary>
internal sealed class NamespaceLifecycle(ObjectStore store) : IAdmissionRule
{
    private static readonly HashSet<string> Kept = ["default", "kube-system", "kube-public"];

    public static void RefuseKept(string name, Kinds.ResourceKind kind)
    {
        if (kind is { Group: "", Plural: "namespaces" } && Kept.Contains(name))
        {
            throw ApiRefusal.Forbidden(kind, name, "this namespace may not be deleted");
        }
    }

    public void Admit(AdmissionRequest request, List<string> warnings)
    {
        if (!request.Kind.Namespaced || !request.IsCreate)
        {
            return;
        }

        var @namespace = store.Of("", "namespaces").Find("", request.Namespace)
            ?? throw new ApiRefusal(404, "NotFound", $"namespaces \"{request.Namespace}\" not found")
            {
                Name = request.Namespace,
                Kind = new Kinds.ResourceKind("", "v1", "Namespace", "namespaces", false, null!),
            };
        if (@namespace.IsEnding)
        {
            throw new ApiRefusal(403, "Forbidden",
                $"{request.Kind.Resource} \"{request.Name}\" is forbidden: unable to create new content in namespace {request.Namespace} because it is being terminated")
            {
                Kind = request.Kind,
                Name = request.Name,
                Causes = [new StatusCause("NamespaceTerminating", $"namespace {request.Namespace} is being terminated", "metadata.namespace")],
            };
        }
    }
}
