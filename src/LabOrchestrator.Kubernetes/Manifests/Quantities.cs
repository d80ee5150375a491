using System.Globalization;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>Amounts as Kubernetes writes them.</summary>
internal static class Quantities
{
    private const long Mebibyte = 1L << 20;

    /// <summary>Bytes, in mebibytes where they are whole ones.</summary>
    public static string Bytes(long bytes) => bytes % Mebibyte == 0
        ? $"{(bytes / Mebibyte).ToString(CultureInfo.InvariantCulture)}Mi"
        : bytes.ToString(CultureInfo.InvariantCulture);

    /// <summary>Processors, in thousandths.</summary>
    public static string Cpus(decimal cpus) => $"{((long)(cpus * 1000)).ToString(CultureInfo.InvariantCulture)}m";
}
