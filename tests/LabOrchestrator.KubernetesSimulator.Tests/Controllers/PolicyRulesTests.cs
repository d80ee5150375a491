using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Controllers;

namespace LabOrchestrator.KubernetesSimulator.Tests.Controllers;

/// <summary>A pod "client" of namespace a dials a pod "web" of namespace b at port 80, which web calls "http".</summary>
public sealed class PolicyRulesTests
{
    private static readonly string[] Both = ["Ingress", "Egress"];

    private static readonly PolicyEnd Client = new("a", "10.244.0.2")
    {
        Labels = new Dictionary<string, string> { ["app"] = "client" },
        NamespaceLabels = new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = "a" },
    };

    private static readonly PolicyEnd Web = new("b", "10.244.0.3")
    {
        Labels = new Dictionary<string, string> { ["app"] = "web" },
        NamespaceLabels = new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = "b" },
        Ports = new Dictionary<string, int> { ["http"] = 80 },
    };

    [Theory]
    [InlineData("a", """{"podSelector":{},"policyTypes":["Egress"]}""", false)]
    [InlineData("a", """{"podSelector":{},"policyTypes":["Ingress"]}""", true)]
    [InlineData("a", """{"podSelector":{}}""", true)]
    [InlineData("a", """{"podSelector":{"matchLabels":{"app":"other"}},"policyTypes":["Egress"]}""", true)]
    [InlineData("a", """{"podSelector":{},"egress":[{"to":[{"podSelector":{}}]}]}""", false)]
    [InlineData("a", """{"podSelector":{},"egress":[{}]}""", true)]
    [InlineData("a", """{"podSelector":{},"egress":[{"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"b"}}}]}]}""", true)]
    [InlineData("a", """{"podSelector":{},"egress":[{"to":[{"namespaceSelector":{},"podSelector":{"matchLabels":{"app":"db"}}}]}]}""", false)]
    [InlineData("a", """{"podSelector":{},"egress":[{"to":[{"ipBlock":{"cidr":"10.0.0.0/8"}}]}]}""", true)]
    [InlineData("a", """{"podSelector":{},"egress":[{"to":[{"ipBlock":{"cidr":"0.0.0.0/0","except":["10.0.0.0/8"]}}]}]}""", false)]
    [InlineData("a", """{"podSelector":{},"egress":[{"ports":[{"port":443}]}]}""", false)]
    [InlineData("a", """{"podSelector":{},"egress":[{"ports":[{"port":"http"}]}]}""", true)]
    [InlineData("b", """{"podSelector":{}}""", false)]
    [InlineData("b", """{"podSelector":{},"policyTypes":["Egress"]}""", true)]
    [InlineData("b", """{"podSelector":{},"ingress":[{"from":[{"podSelector":{}}]}]}""", false)]
    [InlineData("b", """{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{}}],"ports":[{"protocol":"TCP","port":80}]}]}""", true)]
    [InlineData("b", """{"podSelector":{},"ingress":[{"ports":[{"protocol":"UDP","port":80}]}]}""", false)]
    [InlineData("b", """{"podSelector":{},"ingress":[{"ports":[{"port":70,"endPort":90}]}]}""", true)]
    [InlineData("b", """{"podSelector":{},"ingress":[{"ports":[{"port":81,"endPort":90}]}]}""", false)]
    [InlineData("c", """{"podSelector":{},"policyTypes":["Ingress","Egress"]}""", true)]
    public void One_policy_lets_through_what_it_allows(string @namespace, string spec, bool passes) =>
        PolicyRules.Allow([new PolicyInForce(@namespace, JsonNode.Parse(spec)!.AsObject())], Both, Client, Web, 80).ShouldBe(passes);

    [Fact]
    public void Several_policies_of_a_pod_add_up()
    {
        PolicyInForce[] policies = [Of("b", """{"podSelector":{}}"""), Of("b", """{"podSelector":{},"ingress":[{"ports":[{"port":80}]}]}""")];

        PolicyRules.Allow(policies, Both, Client, Web, 80).ShouldBeTrue();
        PolicyRules.Allow(policies, Both, Client, Web, 81).ShouldBeFalse();
    }

    [Fact]
    public void A_pod_always_reaches_itself() =>
        PolicyRules.Allow([Of("b", """{"podSelector":{},"policyTypes":["Ingress","Egress"]}""")], Both, Web, Web, 80).ShouldBeTrue();

    private static PolicyInForce Of(string @namespace, string spec) => new(@namespace, JsonNode.Parse(spec)!.AsObject());
}
