namespace LabOrchestrator.Bench.Measuring;

/// <summary>The few statistics that are needed.</summary>
internal static class Statistics
{
    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The value that 99 of 100 do not exceed.</summary>
    public static double P99(IEnumerable<double> values) => Quantile(values, 0.99);

    /// <summary>The value that 95 of 100 do not exceed.</summary>
    public static double P95(IEnumerable<double> values) => Quantile(values, 0.95);

    private static double Quantile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(sorted.Length * part) - 1)];
    }
}
