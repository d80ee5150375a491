using System.Globalization;

namespace LabOrchestrator.Kubernetes.Manifests;

/// <summary>Amounts as Kubernetes writes them.</summary>
internal static class Quantities
{
    private const long Mebibyte = 1L << 20;

    private static readonly (string Suffix, decimal Factor)[] Units =
    [
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("Pi", 1L << 50),
        ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("m", 1e-3m), ("", 1),
    ];

    /// <summary>Bytes, in mebibytes where they are whole ones.</summary>
    public static string Bytes(long bytes) => bytes % Mebibyte == 0
        ? $"{(bytes / Mebibyte).ToString(CultureInfo.InvariantCulture)}Mi"
        : bytes.ToString(CultureInfo.InvariantCulture);

    /// <summary>Bytes of an amount that somebody else wrote, rounded up; null where it is none.</summary>
    public static long? ToBytes(string amount)
    {
        var (suffix, factor) = Units.First(u => amount.EndsWith(u.Suffix, StringComparison.Ordinal));
        return decimal.TryParse(amount.AsSpan(0, amount.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * factor < long.MaxValue
            ? (long)Math.Ceiling(number * factor)
            : null;
    }

    /// <summary>Processors, in thousandths.</summary>
    public static string Cpus(decimal cpus) => $"{((long)(cpus * 1000)).ToString(CultureInfo.InvariantCulture)}m";
}
