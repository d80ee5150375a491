using System.Text.Json.Nodes;
using LabOrchestrator.Images;

namespace LabOrchestrator.Labs.Cluster;

public sealed class MachinePatchTests
{
    [Theory]
    [InlineData("""{"a":1,"b":{"c":2}}""", """{"b":{"d":3}}""", """{"a":1,"b":{"c":2,"d":3}}""")]
    [InlineData("""{"a":1,"b":2}""", """{"a":null}""", """{"b":2}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[3]}""", """{"a":[3]}""")]
    [InlineData("""{"a":[{"name":"x","v":1},{"name":"y"}]}""", """{"a":[{"name":"x","w":2},{"name":"z"}]}""",
        """{"a":[{"name":"x","v":1,"w":2},{"name":"y"},{"name":"z"}]}""")]
    [InlineData("""{"a":[{"name":"x"}]}""", """{"a":[]}""", """{"a":[]}""")]
    [InlineData("""{"a":"text"}""", """{"a":{"b":{"c":null,"d":1}}}""", """{"a":{"b":{"d":1}}}""")]
    public void Lists_of_named_things_are_merged_by_name_and_the_rest_as_rfc_7396_says(string manifest, string patch, string expected)
    {
        var before = Parse(manifest);
        MachinePatch.Apply(before, Parse(patch)).ToJsonString().ShouldBe(expected);
        before.ToJsonString().ShouldBe(manifest);
    }

    [Fact]
    public void A_merged_manifest_is_judged_against_the_one_before()
    {
        var original = Parse("""{"kind":"Pod","metadata":{"name":"a","labels":{"lab-orchestrator/role":"machine"}},"spec":{"restartPolicy":"Never"}}""");

        Violations(original, original).ShouldBeEmpty();
        Violations(MachinePatch.Apply(original, Parse("""{"spec":{"nodeSelector":{"a":"b"}}}""")), original).ShouldBeEmpty();
        Violations(MachinePatch.Apply(original, Parse("""{"metadata":{"labels":null},"spec":null}""")), original)
            .ShouldBe(["spec.restartPolicy", "metadata.labels.lab-orchestrator/role"]);
    }

    [Theory]
    [InlineData("""{"securityContext":null}""", "spec.securityContext.seccompProfile")]
    [InlineData("""{"securityContext":{"seccompProfile":null}}""", "spec.securityContext.seccompProfile")]
    [InlineData("""{"securityContext":{"seccompProfile":{"type":"Unconfined"}}}""", "spec.securityContext.seccompProfile.type")]
    [InlineData("""{"containers":[{"name":"machine","securityContext":{"capabilities":null}}]}""", "spec.containers[0].securityContext.capabilities.drop")]
    [InlineData("""{"containers":[{"name":"machine","securityContext":{"capabilities":{"drop":["CHOWN"]}}}]}""", "spec.containers[0].securityContext.capabilities.drop")]
    [InlineData("""{"containers":[{"name":"machine","securityContext":{"allowPrivilegeEscalation":null}}]}""", "spec.containers[0].securityContext.allowPrivilegeEscalation")]
    [InlineData("""{"containers":[{"name":"machine","securityContext":{"allowPrivilegeEscalation":true}}]}""", "spec.containers[0].securityContext.allowPrivilegeEscalation")]
    [InlineData("""{"containers":[{"name":"machine","securityContext":{"capabilities":{"add":["CHOWN","SYS_MODULE"]}}}]}""", "spec.containers[0].securityContext.capabilities.add[1]")]
    [InlineData("""{"schedulerName":"mine"}""", "spec.schedulerName")]
    public void A_patch_takes_nothing_away_that_confines_a_machine(string spec, string path)
    {
        var original = Parse(
            """
            {"kind":"Pod","spec":{"securityContext":{"seccompProfile":{"type":"RuntimeDefault"}},"containers":[{"name":"machine",
             "securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"],"add":["CHOWN","NET_ADMIN","NET_RAW"]}}}]}}
            """);
        var patched = MachinePatch.Apply(original, new JsonObject { ["spec"] = Parse(spec) });

        MachinePatch.Violations(original, ImageKind.Container, [MachinePrivilege.NetworkAdmin], original).ShouldBeEmpty();
        MachinePatch.Violations(patched, ImageKind.Container, [MachinePrivilege.NetworkAdmin], original).ShouldBe([path]);
    }

    [Fact]
    public void A_patch_leaves_a_VMs_cards_in_their_networks()
    {
        var original = Parse("""{"spec":{"template":{"spec":{"domain":{"devices":{"interfaces":[{"name":"lab","masquerade":{}}]}}}}}}""");
        var bridged = Parse("""{"spec":{"template":{"spec":{"domain":{"devices":{"interfaces":[{"name":"lab","masquerade":null,"bridge":{}}]}}}}}}""");
        var unbound = Parse("""{"spec":{"template":{"spec":{"domain":{"devices":{"interfaces":[{"name":"lab","masquerade":null}]}}}}}}""");

        MachinePatch.Violations(original, ImageKind.Vm, [], original).ShouldBeEmpty();
        const string card = "spec.template.spec.domain.devices.interfaces[0]";
        MachinePatch.Violations(MachinePatch.Apply(original, bridged), ImageKind.Vm, [], original).ShouldBe([$"{card}.bridge", $"{card}.masquerade"]);
        MachinePatch.Violations(MachinePatch.Apply(original, unbound), ImageKind.Vm, [], original).ShouldBe([$"{card}.masquerade"]);
    }

    private static IEnumerable<string> Violations(JsonObject manifest, JsonObject original) =>
        MachinePatch.Violations(manifest, ImageKind.Container, [], original);

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
