using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>What may not be changed once it is there.</summary>
internal sealed class FixedFields : IAdmissionRule
{
    public void Admit(AdmissionRequest request, List<string> warnings)
    {
        if (request.Before is not { } before || request.User.IsController)
        {
            return;
        }

        switch (request.Kind.Group, request.Kind.Plural)
        {
            case ("", "pods"):
                Gates(request, before);
                Refuse(request, Pod(before), Pod(request.Value), "spec",
                    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)");
                break;
            case ("", "persistentvolumeclaims"):
                Refuse(request, Claim(before), Claim(request.Value), "spec",
                    "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
                break;
            case ("", "services"):
                Refuse(request, before.At("spec", "clusterIP"), request.Value.At("spec", "clusterIP"), "spec.clusterIPs[0]", "Invalid value: may not change once set");
                break;
            case ("rbac.authorization.k8s.io", "rolebindings" or "clusterrolebindings"):
                Refuse(request, before["roleRef"], request.Value["roleRef"], "roleRef", "Invalid value: cannot change roleRef");
                break;
            case ("apps", "deployments"):
                Refuse(request, before.At("spec", "selector"), request.Value.At("spec", "selector"), "spec.selector", "Invalid value: field is immutable");
                break;
            case ("cdi.kubevirt.io", "datavolumes"):
                Refuse(request, before["spec"], request.Value["spec"], "spec", "Cannot update DataVolume Spec");
                break;
            default:
                break;
        }
    }

    private static void Refuse(AdmissionRequest request, JsonNode? before, JsonNode? after, string field, string message)
    {
        if (!JsonNode.DeepEquals(before, after))
        {
            throw ApiRefusal.Invalid(request.Kind, request.Name, [new StatusCause("FieldValueForbidden", message, field)]);
        }
    }

    /// <summary>Gates are taken away, never added, and a pod without them is no longer held.</summary>
    private static void Gates(AdmissionRequest request, JsonObject before)
    {
        var there = before.Objects("spec", "schedulingGates").Select(g => g.Text("name")).ToHashSet();
        if (request.Value.Objects("spec", "schedulingGates").Any(g => !there.Contains(g.Text("name"))))
        {
            throw ApiRefusal.Invalid(request.Kind, request.Name, [new StatusCause("FieldValueForbidden", "Forbidden: only deletion is allowed, but found new scheduling gate", "spec.schedulingGates")]);
        }
    }

    private static JsonObject Pod(JsonObject pod)
    {
        var spec = pod.Part("spec").DeepClone().AsObject();
        foreach (var free in (string[])["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "schedulingGates"])
        {
            spec.Remove(free);
        }

        foreach (var container in spec.Objects("containers").Concat(spec.Objects("initContainers")))
        {
            container.Remove("image");
            container.Remove("imagePullPolicy");
        }

        return spec;
    }

    private static JsonObject Claim(JsonObject claim)
    {
        var spec = claim.Part("spec").DeepClone().AsObject();
        spec.Remove("resources");
        return spec;
    }
}
