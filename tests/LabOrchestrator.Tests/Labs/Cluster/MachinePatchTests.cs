using System.Text.Json.Nodes;

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

        MachinePatch.Violations(original, original).ShouldBeEmpty();
        MachinePatch.Violations(MachinePatch.Apply(original, Parse("""{"spec":{"nodeSelector":{"a":"b"}}}""")), original).ShouldBeEmpty();
        MachinePatch.Violations(MachinePatch.Apply(original, Parse("""{"metadata":{"labels":null},"spec":null}""")), original)
            .ShouldBe(["spec.restartPolicy", "metadata.labels.lab-orchestrator/role"]);
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
