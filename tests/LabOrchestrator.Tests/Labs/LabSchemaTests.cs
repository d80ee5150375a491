namespace LabOrchestrator.Labs;

public sealed class LabSchemaTests
{
    private static readonly SmallJsonSchema Schema = new(LabSchema.Json);

    [Fact]
    public void The_published_schema_is_that_of_the_code() => RepositoryDocument.ShouldBe("docs/reference/lab.schema.json", LabSchema.Json);

    [Theory]
    [MemberData(nameof(SampleLabs.Names), MemberType = typeof(SampleLabs))]
    public void Samples_follow_the_schema(string name) => Schema.Errors(YamlAsJson.Of(SampleLabs.Read(name).Definition!)).ShouldBeEmpty();

    [Fact]
    public void A_lab_with_every_key_follows_the_schema() => Schema.Errors(YamlAsJson.Of(FullLab.Yaml)).ShouldBeEmpty();

    [Theory]
    [InlineData("title: Small", "required")]
    [InlineData("machines: [{name: a}]", "image")]
    [InlineData("machines: [{name: A, image: terminal}]", "pattern")]
    [InlineData("machines: [{name: \"1\", image: terminal}]", "pattern")]
    [InlineData("machines: [{name: a, image: terminal, memory: 512}]", "type \"string\"")]
    [InlineData("machines: [{name: a, image: terminal, memory: 512M}]", "pattern")]
    [InlineData("machines: [{name: a, image: terminal, cpus: 65}]", "maximum")]
    [InlineData("machines: [{name: a, image: terminal, memroy: 1GiB}]", "additionalProperties")]
    [InlineData("machines: [{name: a, image: terminal, consoles: [screen]}]", "anyOf")]
    [InlineData("machines: [{name: a, image: terminal, consoles: [{kind: web, port: 1.5}]}]", "anyOf")]
    [InlineData("machines: [{name: a, image: terminal, environment: {1A: x}}]", "pattern")]
    [InlineData("machines: [{name: a, image: terminal, environment: {A: [x]}}]", "type")]
    [InlineData("machines: [{name: a, image: terminal, volumes: [{path: /a/../b, size: 1GiB}]}]", "pattern")]
    [InlineData("machines: []", "minItems")]
    [InlineData("machines: [{name: a, image: terminal}]\nrequires: [kvm]", "enum")]
    [InlineData("machines: [{name: a, image: terminal}]\nnetworks: [{name: a, internet: yes}]", "boolean")]
    public void What_a_schema_can_find_is_found(string yaml, string part)
    {
        var head = yaml.StartsWith("title", StringComparison.Ordinal) ? "" : "name: small\ntitle: Small\n";

        var errors = Schema.Errors(YamlAsJson.Of(head + yaml + "\n"));

        errors.ShouldNotBeEmpty();
        errors.ShouldContain(e => e.Contains(part, StringComparison.Ordinal), string.Join('\n', errors));
    }
}
