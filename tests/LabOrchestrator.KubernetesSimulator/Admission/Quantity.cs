using System.Globalization;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>Amounts such as <c>500m</c>, <c>1.5Gi</c>.</summary>
internal static class Quantity
{
    private static readonly (string Suffix, decimal Factor)[] Suffixes =
    [
        ("Ki", 1024m), ("Mi", 1048576m), ("Gi", 1073741824m), ("Ti", 1099511627776m), ("Pi", 1125899906842624m),
        ("m", 0.001m), ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m),
    ];

    /// <summary>Zero for null.</summary>
    public static decimal Parse(string? text) => text is null ? 0 : TryParse(text) ?? throw new FormatException($"\"{text}\" is no quantity.");

    public static decimal? TryParse(string text)
    {
        var (suffix, factor) = Array.Find(Suffixes, s => text.EndsWith(s.Suffix, StringComparison.Ordinal));
        return decimal.TryParse(suffix is null ? text : text[..^suffix.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number * (suffix is null ? 1 : factor)
            : null;
    }

    /// <summary>In the least unit that tells it exactly.</summary>
    public static string Show(decimal amount)
    {
        if (amount != Math.Truncate(amount))
        {
            return (amount * 1000).ToString("0", CultureInfo.InvariantCulture) + "m";
        }

        foreach (var (suffix, factor) in Suffixes.Take(4).Reverse())
        {
            if (amount >= factor && amount % factor == 0)
            {
                return (amount / factor).ToString("0", CultureInfo.InvariantCulture) + suffix;
            }
        }

        return amount.ToString("0", CultureInfo.InvariantCulture);
    }
}
