using LabOrchestrator.KubernetesSimulator.Access;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>Nobody gives away rights that they do not have, unless they may escalate or bind.</summary>
internal sealed class Escalation(Rbac rbac) : IAdmissionRule
{
    public void Admit(AdmissionRequest request, List<string> warnings)
    {
        if (request.Kind.Group != "rbac.authorization.k8s.io" || request.User.IsMaster)
        {
            return;
        }

        var @namespace = request.Kind.Namespaced ? request.Namespace : null;
        var what = $"{request.Kind.Resource} \"{request.Name}\"";
        if (request.Kind.Plural is "roles" or "clusterroles")
        {
            if (!rbac.Allows(request.User, "escalate", request.Kind.Group, request.Kind.Plural, null, @namespace, request.Name))
            {
                rbac.DemandNoEscalation(request.User, @namespace, request.Value.Objects("rules").Select(Rule.Of), what);
            }

            return;
        }

        var role = request.Value["roleRef"];
        var plural = role.Text("kind") == "Role" ? "roles" : "clusterroles";
        if (!rbac.Allows(request.User, "bind", request.Kind.Group, plural, null, @namespace, role.Text("name")))
        {
            rbac.DemandNoEscalation(request.User, @namespace, rbac.RulesOf(@namespace, role), what);
        }
    }
}
