using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>What the cluster says of one machine, in the words of the runtimes.</summary>
/// <param name="Phase">Its phase.</param>
/// <param name="Stage">Where it is while it starts.</param>
internal sealed record MachineSight(MachinePhase Phase, MachineStage Stage)
{
    /// <summary>How much of the stage is done.</summary>
    public int? Percent { get; init; }

    /// <summary>The cluster's words.</summary>
    public string? Reason { get; init; }

    /// <summary>How bad it is while it starts.</summary>
    public Trouble Trouble { get; init; }

    public static MachineSight Starting(MachineStage stage, string? reason = null) => new(MachinePhase.Starting, stage) { Reason = reason };

    public static MachineSight Failed(string? reason) => new(MachinePhase.Failed, MachineStage.Boot) { Reason = reason };
}

/// <summary>What keeps a machine from starting.</summary>
internal enum Trouble
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>There is no room for it now.</summary>
    NoRoom,

    /// <summary>Something that may pass, such as a registry that does not answer.</summary>
    MayPass,

    /// <summary>Something that does not pass by itself.</summary>
    Lasting,
}
