using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LabOrchestrator.Labs.Reading;

/// <summary>A part of a definition as JSON, by the rules of YAML's core schema: what is quoted or a block is a text.</summary>
internal static partial class PlainJson
{
    public static JsonNode? Of(SourceNode node) => node switch
    {
        SourceMap map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(e.Key.Text, Of(e.Value)))),
        SourceList list => new JsonArray([.. list.Items.Select(Of)]),
        SourceScalar { IsPlain: true } scalar => OfPlain(scalar.Text),
        SourceScalar scalar => JsonValue.Create(scalar.Text),
        _ => null,
    };

    /// <summary>The node at a path such as <c>spec.ports[0].nodePort</c>, or the last one on the way there.</summary>
    public static SourceNode Locate(SourceNode root, string path)
    {
        var node = root;
        foreach (var step in Steps().Split(path).Where(s => s.Length > 0))
        {
            var next = node switch
            {
                SourceMap map => map.Entries.FirstOrDefault(e => e.Key.Text == step)?.Value,
                SourceList list when int.TryParse(step, CultureInfo.InvariantCulture, out var index) => list.Items.ElementAtOrDefault(index),
                _ => null,
            };
            if (next is null)
            {
                break;
            }

            node = next;
        }

        return node;
    }

    private static JsonValue? OfPlain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "true" or "True" or "TRUE":
                return JsonValue.Create(true);
            case "false" or "False" or "FALSE":
                return JsonValue.Create(false);
        }

        if (Whole().IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            return JsonValue.Create(whole);
        }

        return Fraction().IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text);
    }

    [GeneratedRegex(@"\A[-+]?[0-9]+\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Fraction();

    [GeneratedRegex(@"[.\[\]]")]
    private static partial Regex Steps();
}
