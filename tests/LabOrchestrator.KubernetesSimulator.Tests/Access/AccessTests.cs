namespace LabOrchestrator.KubernetesSimulator.Tests.Access;

public sealed class AccessTests
{
    private static readonly SimulatorOptions WithToken = new() { Token = "admin-token" };
    private static readonly (string, string) Limited = ("Authorization", "Bearer limited");

    [Fact]
    public async Task Without_a_valid_token_nobody_gets_in()
    {
        await using var cluster = await TestCluster.StartAsync(WithToken);
        var refused = await cluster.SendAsync("GET", "/version", null, "", ("Authorization", "Bearer wrong"));
        (refused.Code, refused.Text("reason")).ShouldBe((401, "Unauthorized"));
        (await cluster.GetAsync("/version")).Code.ShouldBe(200);
    }

    [Fact]
    public async Task Rights_are_those_of_roles_and_bindings()
    {
        await using var cluster = await TestCluster.StartAsync(WithToken);
        await cluster.NamespaceAsync("a");
        await cluster.AdminAsync("POST", "tokens", """{"token":"limited","user":"lab"}""");
        var refused = await cluster.SendAsync("GET", "/api/v1/namespaces/a/pods", null, "", Limited);
        (refused.Code, refused.Text("message")).ShouldBe((403, "pods is forbidden: User \"lab\" cannot list resource \"pods\" in API group \"\" in the namespace \"a\""));
        const string rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/a/";
        await cluster.PostAsync(rbac + "roles", """{"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]}""");
        await cluster.PostAsync(rbac + "rolebindings",
            """{"metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"lab","apiGroup":"rbac.authorization.k8s.io"}]}""");
        (await cluster.SendAsync("GET", "/api/v1/namespaces/a/pods", null, "", Limited)).Code.ShouldBe(200);
        (await cluster.SendAsync("GET", "/api/v1/pods", null, "", Limited)).Code.ShouldBe(403);
        var review = await cluster.SendAsync("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"verb":"list","group":"","resource":"pods","namespace":"a"}}}""",
            "application/json", Limited);
        (review.Code, review.Text("status", "allowed")).ShouldBe((201, "true"));
    }

    [Fact]
    public async Task Who_is_impersonated_has_their_own_rights()
    {
        await using var cluster = await TestCluster.StartAsync(WithToken);
        await cluster.NamespaceAsync("a");
        var asAccount = ("Impersonate-User", "system:serviceaccount:a:author");
        var refused = await cluster.SendAsync("POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"}}""", "application/json", asAccount);
        refused.Text("message")!.ShouldContain("User \"system:serviceaccount:a:author\" cannot create resource \"configmaps\"");
        await cluster.AdminAsync("POST", "tokens", """{"token":"limited","user":"lab"}""");
        var notAllowed = await cluster.SendAsync("GET", "/api/v1/pods", null, "", Limited, asAccount);
        notAllowed.Text("message")!.ShouldContain("cannot impersonate resource \"serviceaccounts\"");
    }
}
