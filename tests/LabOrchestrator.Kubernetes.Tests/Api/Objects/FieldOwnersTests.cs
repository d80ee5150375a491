using System.Text.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Tests.Api.Objects;

/// <summary>Reading of managedFields as an API server writes them.</summary>
public sealed class FieldOwnersTests
{
    private static readonly JsonObject Quota = Manifest("""{"metadata":{"name":"lab","namespace":"n","labels":{"a/b":"1"}},"spec":{"hard":{"pods":"5","services.nodeports":"0"}}}""");

    private const string OurQuota = """
        {"manager":"lab-orchestrator","operation":"Apply","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1",
         "fieldsV1":{"f:metadata":{"f:annotations":{"f:lab-orchestrator/manifest":{}},"f:labels":{"f:a/b":{}}},"f:spec":{"f:hard":{"f:pods":{},"f:services.nodeports":{}}}}}
        """;

    [Fact]
    public void What_we_applied_is_kept_whatever_controllers_write_into_its_status()
    {
        var owners = Owners(OurQuota, """
            {"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1","subresource":"status","fieldsV1":{"f:status":{"f:hard":{".":{},"f:pods":{}},"f:used":{}}}}
            """);

        owners.ShouldNotBeNull().Kept(Quota).ShouldBeTrue();
        owners.Intruders(Quota).ShouldBeEmpty();
        owners.Removal(Quota).ShouldBeNull();
    }

    [Fact]
    public void A_value_that_somebody_set_is_his()
    {
        var owners = Owners(OurQuota.Replace("\"f:pods\":{},", "", StringComparison.Ordinal), """
            {"manager":"kubectl-edit","operation":"Update","apiVersion":"v1","fieldsV1":{"f:spec":{"f:hard":{"f:pods":{}}}}}
            """).ShouldNotBeNull();

        owners.Kept(Quota).ShouldBeFalse();
        owners.Intruders(Quota).ShouldBe(["kubectl-edit"]);
        owners.Removal(Quota).ShouldBeNull("an apply sets it right");
    }

    [Fact]
    public void A_value_that_somebody_removed_is_nobodys() =>
        Owners(OurQuota.Replace("\"f:pods\":{},", "", StringComparison.Ordinal)).ShouldNotBeNull().Kept(Quota).ShouldBeFalse();

    [Fact]
    public void What_somebody_adds_to_our_spec_is_to_be_removed_and_beside_it_is_his()
    {
        Owners(OurQuota, """{"manager":"x","operation":"Update","fieldsV1":{"f:spec":{"f:hard":{"f:configmaps":{}},"f:scopes":{}}}}""")
            .ShouldNotBeNull().Removal(Quota)!.ToJsonString().ShouldBe("""{"spec":{"hard":{"configmaps":null},"scopes":null}}""");
        Owners(OurQuota, """{"manager":"x","operation":"Update","fieldsV1":{"f:metadata":{"f:labels":{"f:team":{}}}}}""")
            .ShouldNotBeNull().Kept(Quota).ShouldBeTrue();
    }

    [Fact]
    public void Items_of_lists_are_ours_by_their_keys_and_lists_without_keys_as_a_whole()
    {
        var service = Manifest("""{"metadata":{"name":"helper"},"spec":{"selector":{"a":"b"},"ports":[{"name":"dns","port":53,"protocol":"UDP"},{"name":"web","port":80}]}}""");
        const string Ports = """
            {"manager":"lab-orchestrator","operation":"Apply","fieldsV1":{"f:spec":{"f:selector":{},"f:ports":{
              "k:{\"port\":53,\"protocol\":\"UDP\"}":{".":{},"f:name":{},"f:port":{},"f:protocol":{}},
              "k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{},"f:port":{}}}}}}
            """;

        Owners(Ports).ShouldNotBeNull().Kept(service).ShouldBeTrue();
        Owners(Ports.Replace("\"f:name\":{},\"f:port\":{}}}", "\"f:port\":{}}}", StringComparison.Ordinal)).ShouldNotBeNull().Kept(service).ShouldBeFalse();
        Owners(Ports.Replace("\"port\\\":80", "\"port\\\":81", StringComparison.Ordinal)).ShouldNotBeNull().Kept(service).ShouldBeFalse();
        Owners(Ports.Replace("\"f:selector\":{}", "\"f:selector\":{\"f:a\":{}}", StringComparison.Ordinal)).ShouldNotBeNull().Kept(service).ShouldBeTrue("some versions own each entry");
    }

    [Fact]
    public void What_is_empty_in_a_manifest_need_not_be_owned_but_may_not_be_anothers()
    {
        var policy = Manifest("""{"metadata":{"name":"lab"},"spec":{"podSelector":{},"ingress":[],"policyTypes":["Ingress"]}}""");
        const string Ours = """{"manager":"lab-orchestrator","operation":"Apply","fieldsV1":{"f:spec":{"f:policyTypes":{}}}}""";

        Owners(Ours).ShouldNotBeNull().Kept(policy).ShouldBeTrue();
        Owners(Ours, """{"manager":"x","operation":"Update","fieldsV1":{"f:spec":{"f:ingress":{}}}}""").ShouldNotBeNull().Kept(policy).ShouldBeFalse();
    }

    [Fact]
    public void What_we_created_and_patched_counts_with_what_we_applied()
    {
        var space = Manifest("""{"metadata":{"name":"n","labels":{"a":"1","b":"2"}}}""");

        Owners(
            """{"manager":"lab-orchestrator","operation":"Update","fieldsV1":{"f:metadata":{"f:labels":{".":{},"f:a":{}}}}}""",
            """{"manager":"lab-orchestrator","operation":"Apply","fieldsV1":{"f:metadata":{"f:labels":{"f:b":{}}}}}""").ShouldNotBeNull().Kept(space).ShouldBeTrue();
    }

    [Fact]
    public void Objects_that_were_made_alike_share_their_owners_and_those_of_others_have_none()
    {
        var other = OurQuota.Replace("2026-01-01", "2026-02-02", StringComparison.Ordinal);
        Owners(OurQuota).ShouldBeSameAs(Owners(other));
        Owners("""{"manager":"virt-controller","operation":"Update","fieldsV1":{"f:spec":{}}}""").ShouldBeNull();
        JsonSerializer.Deserialize("""{"metadata":{"name":"n"}}""", Kinds.NetworkPolicy.Type)!.Metadata.Owners.ShouldBeNull();
    }

    private static FieldOwners? Owners(params string[] entries) =>
        JsonSerializer.Deserialize($$$"""{"metadata":{"name":"n","managedFields":[{{{string.Join(',', entries)}}}]}}""", Kinds.NetworkPolicy.Type)!.Metadata.Owners;

    private static JsonObject Manifest(string json)
    {
        var manifest = JsonNode.Parse(json)!.AsObject();
        (manifest["apiVersion"], manifest["kind"]) = ("v1", "Thing");
        return manifest;
    }
}
