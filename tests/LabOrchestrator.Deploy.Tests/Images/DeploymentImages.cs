namespace LabOrchestrator.Deploy.Images;

/// <summary>The images of deployments, built where they are not there from these sources.</summary>
public sealed class DeploymentImages : IAsyncLifetime
{
    public const string Server = "lab-orchestrator/server:1";
    public const string Postgres = "lab-orchestrator/postgres:1";

    public async ValueTask InitializeAsync() => await Command.OutputAsync(RepositoryDocument.PathOf("images/build"), "server", "postgres");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Tests that run containers of deployments, one after the other.</summary>
[CollectionDefinition(Name)]
#pragma warning disable CA1711 // The name of what xunit calls so.
public sealed class DeploymentCollection : ICollectionFixture<DeploymentImages>
#pragma warning restore CA1711
{
    public const string Name = "deployments";
}
