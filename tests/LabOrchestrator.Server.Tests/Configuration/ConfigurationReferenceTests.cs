namespace LabOrchestrator.Server.Tests.Configuration;

public sealed class ConfigurationReferenceTests
{
    [Fact]
    public void The_published_reference_is_that_of_the_code() =>
        RepositoryDocument.ShouldBe("docs/reference/configuration.md", ConfigurationReference.Write());
}
