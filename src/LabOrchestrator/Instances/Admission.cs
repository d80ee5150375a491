using System.Globalization;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>Decides who may start. Pure: all it knows comes in.</summary>
internal static class Admission
{
    /// <summary>Why those wait that are not the first.</summary>
    public const string OthersAreFirst = "Other labs are before it in the queue. The lab starts when they have started and there is room.";

    /// <summary>Says why the first waiting instance cannot start now; null when it may.</summary>
    /// <param name="candidate">The instance at the head of the queue.</param>
    /// <param name="admitted">Those that hold room already.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="readiness">What the runtime says of itself.</param>
    public static string? ReasonToWait(
        LabInstance candidate, IReadOnlyCollection<LabInstance> admitted, AdmissionLimits limits, RuntimeReadiness readiness)
    {
        if (!readiness.IsReady)
        {
            return readiness.Reason ?? "The runtime is not ready.";
        }

        if (admitted.Count >= limits.Instances)
        {
            return $"All {limits.Instances} places are taken. The lab starts when another one ends.";
        }

        if (MemoryLimit(limits, readiness) is { } limit && admitted.Sum(i => i.MemoryBytes) + candidate.MemoryBytes > limit)
        {
            return $"The lab needs {Size(candidate.MemoryBytes)} of memory, and {Size(Math.Max(0, limit - admitted.Sum(i => i.MemoryBytes)))} are free. "
                + "It starts when another lab ends.";
        }

        if (readiness.FreeDiskBytes is { } free && free < limits.MinimumFreeDiskBytes)
        {
            return $"Only {Size(free)} of disk are free; an administrator has to make room (at least {Size(limits.MinimumFreeDiskBytes)}).";
        }

        return null;
    }

    /// <summary>Says why a lab of that size can never start; null when it can.</summary>
    public static string? ReasonToRefuse(long memoryBytes, AdmissionLimits limits, RuntimeReadiness readiness) =>
        MemoryLimit(limits, readiness) is { } limit && memoryBytes > limit
            ? $"The lab needs {Size(memoryBytes)} of memory, more than the {Size(limit)} that all labs may take together. "
              + "Lower the machines' memory in lab.yaml, or have an administrator raise Limits__MemoryBytes."
            : null;

    private static long? MemoryLimit(AdmissionLimits limits, RuntimeReadiness readiness) =>
        limits.MemoryBytes ?? (readiness.MemoryBytes is { } memory ? memory / 10 * 9 : null);

    private static string Size(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.#} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.#} MiB");
}
