namespace LabOrchestrator.Labs;

/// <summary>On whose behalf a lab is imported.</summary>
public enum LabPublisher
{
    /// <summary>An author, who may not write to a cluster (<see cref="LabDefinition.WritesToCluster"/>).</summary>
    Author,

    /// <summary>An admin, or who runs the server or the program.</summary>
    Admin,
}
