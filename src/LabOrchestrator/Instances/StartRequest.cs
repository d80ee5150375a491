namespace LabOrchestrator.Instances;

/// <summary>A wish to start a lab.</summary>
/// <param name="LabId">The lab; its newest version is taken.</param>
/// <param name="OwnerId">For whom.</param>
public sealed record StartRequest(long LabId, long OwnerId)
{
    /// <summary>Name of the runtime; null takes the first configured one.</summary>
    public string? Runtime { get; init; }

    /// <summary>The client's key: a repeated start with it answers the first instance.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>What the instance belongs to outside.</summary>
    public string? Context { get; init; }
}
