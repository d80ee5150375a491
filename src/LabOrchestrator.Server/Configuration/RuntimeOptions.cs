namespace LabOrchestrator.Server.Configuration;

/// <summary>The engine.</summary>
public sealed class RuntimeOptions : ICheckedOptions
{
    /// <summary>The engine behind Docker's API.</summary>
    public const string Docker = "docker";

    /// <summary>A cluster.</summary>
    public const string Kubernetes = "kubernetes";

    /// <summary>The engine that is none.</summary>
    public const string Memory = "memory";

    /// <summary><c>docker</c>, <c>kubernetes</c> for a cluster, or <c>memory</c> for machines that only exist in the server's memory: for trying things out and for tests.</summary>
    public string Name { get; set; } = Docker;

    /// <inheritdoc/>
    public IEnumerable<string> Check()
    {
        if (Name is not (Docker or Kubernetes or Memory))
        {
            yield return $"Runtime__Name must be {Docker}, {Kubernetes} or {Memory}, not \"{Name}\".";
        }
    }
}
