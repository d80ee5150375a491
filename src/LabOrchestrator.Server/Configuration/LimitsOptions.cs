namespace LabOrchestrator.Server.Configuration;

/// <summary>How much may run at once.</summary>
public sealed class LimitsOptions : ICheckedOptions
{
    /// <summary>Live instances that one user may have over all labs.</summary>
    public int InstancesPerUser { get; set; } = 10;

    /// <summary>Live instances that may run at once; more wait in the queue.</summary>
    public int Instances { get; set; } = 500;

    /// <summary>Memory in bytes that all running instances may take; by default nine tenths of what the engine reports.</summary>
    public long? MemoryBytes { get; set; }

    /// <summary>No instance starts below this much free disk, in bytes.</summary>
    public long MinimumFreeDiskBytes { get; set; } = 2L << 30;

    /// <summary>Instances that are worked on at once; by default twice the processors, at least 4.</summary>
    public int ParallelStarts { get; set; } = Math.Max(4, 2 * Environment.ProcessorCount);

    /// <inheritdoc/>
    public IEnumerable<string> Check()
    {
        foreach (var (key, value) in new[]
        {
            (nameof(InstancesPerUser), InstancesPerUser), (nameof(Instances), Instances), (nameof(ParallelStarts), ParallelStarts),
        })
        {
            if (value is < 1 or > 100_000)
            {
                yield return $"Limits__{key} must be a whole number from 1 to 100000, not {value}.";
            }
        }

        if (MemoryBytes is < 1 << 20)
        {
            yield return $"Limits__MemoryBytes must be at least 1048576 (1 MiB), not {MemoryBytes}.";
        }

        if (MinimumFreeDiskBytes < 0)
        {
            yield return $"Limits__MinimumFreeDiskBytes must be 0 or more, not {MinimumFreeDiskBytes}.";
        }
    }

    internal void CopyTo(LabOrchestrator.Instances.AdmissionLimits limits)
    {
        limits.InstancesPerUser = InstancesPerUser;
        limits.Instances = Instances;
        limits.MemoryBytes = MemoryBytes;
        limits.MinimumFreeDiskBytes = MinimumFreeDiskBytes;
        limits.ParallelStarts = ParallelStarts;
    }
}
