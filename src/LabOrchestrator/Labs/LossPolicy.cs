namespace LabOrchestrator.Labs;

/// <summary>What becomes of an instance when the engine has lost a machine of it.</summary>
public enum LossPolicy
{
    /// <summary>The machine is made again, and that is said.</summary>
    Repair,

    /// <summary>The instance ends with the reason: a machine that is new unnoticed would spoil an exam, for example.</summary>
    Fail,
}
