namespace LabOrchestrator.Server.Users;

/// <summary>Whether somebody may do something.</summary>
public enum Decision
{
    /// <summary>They may.</summary>
    Granted,

    /// <summary>They may not, and may know that the thing is there.</summary>
    Refused,

    /// <summary>They may not, and the thing does not exist for them.</summary>
    Hidden,
}
