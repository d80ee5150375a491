using LabOrchestrator.Kubernetes;
using LabOrchestrator.Kubernetes.Rights;

namespace LabOrchestrator.Deploy.Kubernetes;

public sealed class RoleTests
{
    [Fact]
    public void The_servers_role_gives_what_the_runtime_asks_for_and_no_more() => RepositoryDocument.ShouldBe(
        "deploy/kubernetes/base/server-role.yaml", RoleDocument.Of("lab-orchestrator", RequiredRights.OfServer(new KubernetesRuntimeOptions())));

    [Fact]
    public void The_role_for_authors_objects_allows_their_kinds_alone() => RepositoryDocument.ShouldBe(
        "deploy/kubernetes/base/objects-role.yaml", RoleDocument.Of(new KubernetesRuntimeOptions().ObjectsRole, RequiredRights.OfAuthorsObjects));

    [Fact]
    public void The_chart_gives_the_same_rights()
    {
        var options = new KubernetesRuntimeOptions { ObjectsRole = "{{ include \"lab-orchestrator.objectsRole\" . }}" };
        RepositoryDocument.ShouldBe("deploy/helm/lab-orchestrator/files/server-rules.yaml", RoleDocument.RulesOf(RequiredRights.OfServer(options)));
        RepositoryDocument.ShouldBe("deploy/helm/lab-orchestrator/files/objects-rules.yaml", RoleDocument.RulesOf(RequiredRights.OfAuthorsObjects));
    }

    [Fact]
    public void No_right_is_for_every_verb_group_or_resource()
    {
        foreach (var right in RequiredRights.OfServer(new KubernetesRuntimeOptions()).Concat(RequiredRights.OfAuthorsObjects))
        {
            right.Verbs.ShouldNotBeEmpty(right.Whole);
            right.Verbs.ShouldBeUnique(right.Whole);
            $"{right.Group} {right.Whole} {string.Join(' ', right.Verbs)}".ShouldNotContain("*");
            right.Verbs.ShouldNotContain("escalate", right.Whole);
            right.Purpose.ShouldEndWith(".");
        }
    }

    [Fact]
    public void No_resource_is_named_twice() => RequiredRights.OfServer(new KubernetesRuntimeOptions())
        .Select(r => $"{r.Group}/{r.Whole} {r.Name}").ShouldBeUnique();
}
