namespace LabOrchestrator.Server.Configuration;

/// <summary>The routes of the prototype of 2021.</summary>
public sealed class PrototypeApiOptions
{
    /// <summary>Whether they are served; by default only while the server listens on loopback alone.</summary>
    public bool? Enabled { get; set; }
}
