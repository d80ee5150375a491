using System.Globalization;
using System.Text;
using LabOrchestrator.Labs.Reading;

namespace LabOrchestrator.Labs;

/// <summary>The tables of the reference page of <c>lab.yaml</c>.</summary>
internal static class LabReferenceTables
{
    public static string Write()
    {
        var page = new StringBuilder();
        foreach (var map in LabFormat.AllMaps())
        {
            page.Append(CultureInfo.InvariantCulture, $"### {(map == LabFormat.Lab ? "The file" : map.Name)}\n\n{map.Meaning}\n\n");
            page.Append("| key | value | default | meaning | example |\n| --- | --- | --- | --- | --- |\n");
            foreach (var key in map.Keys)
            {
                page.Append(
                    CultureInfo.InvariantCulture,
                    $"| `{key.Name}` | {ValueOf(key.Shape)} | {(key.IsRequired ? "**required**" : key.Default)} | {key.Meaning} | `{key.Example}` |\n");
            }

            page.Append('\n');
        }

        return page.ToString();
    }

    private static string ValueOf(Shape shape) => shape switch
    {
        TextShape { MaximumLength: int.MaxValue } text => text.Meaning,
        TextShape text when text.Meaning.Contains("at most", StringComparison.Ordinal) => text.Meaning,
        TextShape text => $"{text.Meaning}; at most {text.MaximumLength} characters",
        SizeShape size => $"a size from {ByteSize.Format(size.Minimum)} to {ByteSize.Format(size.Maximum)}",
        NumberShape number => string.Create(
            CultureInfo.InvariantCulture, $"a {(number.IsWhole ? "whole number" : "number")} from {number.Minimum} to {number.Maximum}"),
        FlagShape => "`true` or `false`",
        ChoiceShape choice => string.Join(", ", choice.Choices.Select(c => $"`{c}`")),
        ListShape list => $"list of {list.Minimum} to {list.Maximum}: {ValueOf(list.Item)}",
        MapShape map => $"[{map.Name}](#{map.Name.ToLowerInvariant()})",
        TextMapShape map => $"up to {map.Maximum} keys ({map.Key.Meaning}), each with {map.Value.Meaning}",
        FreeShape free => free.Meaning,
        EitherShape either => $"{ValueOf(either.Short)}; or {ValueOf(either.Long)}",
        _ => throw new ArgumentOutOfRangeException(nameof(shape)),
    };
}
