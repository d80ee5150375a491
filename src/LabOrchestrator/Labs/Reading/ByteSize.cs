using System.Globalization;
using System.Text.RegularExpressions;

namespace LabOrchestrator.Labs.Reading;

/// <summary>Sizes as authors write them: <c>512MiB</c>, <c>2GB</c>, <c>1Gi</c>.</summary>
internal static partial class ByteSize
{
    /// <summary>Regular expression of a size, for the JSON Schema.</summary>
    public const string Pattern = "[0-9]{1,12}(\\.[0-9]{1,6})? ?([KMGT]i?B|kB|[KMGT]i)";

    private static readonly string[] Units = ["K", "M", "G", "T"];

    /// <summary>What a text is.</summary>
    public enum Outcome
    {
        /// <summary>A size.</summary>
        Read,

        /// <summary>A number alone.</summary>
        WithoutUnit,

        /// <summary>Anything else.</summary>
        Unknown,
    }

    /// <summary>Reads a size, rounded down to whole bytes; sizes beyond 2^63 are that.</summary>
    public static Outcome Parse(string text, out long bytes)
    {
        bytes = 0;
        if (Bare().IsMatch(text))
        {
            return Outcome.WithoutUnit;
        }

        if (Whole().Match(text) is not { Success: true } match)
        {
            return Outcome.Unknown;
        }

        var unit = match.Groups["unit"].Value;
        var step = unit.Contains('i') ? 1024m : 1000m;
        var value = decimal.Parse(match.Groups["number"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        for (var power = Array.IndexOf(Units, unit[..1].ToUpperInvariant()); power >= 0; power--)
        {
            value *= step;
        }

        bytes = value > long.MaxValue ? long.MaxValue : (long)value;
        return Outcome.Read;
    }

    /// <summary>The shortest exact form, for example <c>512MiB</c>.</summary>
    public static string Format(long bytes)
    {
        var power = 0;
        while (power < Units.Length && bytes != 0 && bytes % 1024 == 0)
        {
            bytes /= 1024;
            power++;
        }

        return power == 0 ? $"{bytes}B" : $"{bytes}{Units[power - 1]}iB";
    }

    [GeneratedRegex("\\A(?<number>[0-9]{1,12}(\\.[0-9]{1,6})?) ?(?<unit>[KMGT]i?B|kB|[KMGT]i)\\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Whole();

    [GeneratedRegex("\\A[0-9]+(\\.[0-9]+)?\\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Bare();
}
