namespace LabOrchestrator.Instances;

/// <summary>How much may run at once. What does not fit waits in the queue; what can never fit is refused.</summary>
public sealed class AdmissionLimits
{
    /// <summary>Live instances that one user may have over all labs; default 10.</summary>
    public int InstancesPerUser { get; set; } = 10;

    /// <summary>Live instances that may run at once; default 500.</summary>
    public int Instances { get; set; } = 500;

    /// <summary>Memory in bytes that all running instances may take; null takes nine tenths of what the runtime reports.</summary>
    public long? MemoryBytes { get; set; }

    /// <summary>No start below this much free disk, in bytes; default 2 GiB.</summary>
    public long MinimumFreeDiskBytes { get; set; } = 2L << 30;

    /// <summary>Instances worked on at once; default twice the processors, at least 4.</summary>
    public int ParallelStarts { get; set; } = Math.Max(4, 2 * Environment.ProcessorCount);
}
