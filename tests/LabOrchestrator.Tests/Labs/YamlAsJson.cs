using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LabOrchestrator.Labs.Reading;

namespace LabOrchestrator.Labs;

/// <summary>YAML as an editor sees it that works with a JSON Schema: by the rules of YAML's core schema.</summary>
internal static partial class YamlAsJson
{
    public static JsonNode? Of(string yaml)
    {
        var mistakes = new MistakeList();
        var root = SourceParser.Parse(yaml, mistakes);
        mistakes.Count.ShouldBe(0);
        return Of(root!);
    }

    private static JsonNode? Of(SourceNode node) => node switch
    {
        SourceMap map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(e.Key.Text, Of(e.Value)))),
        SourceList list => new JsonArray([.. list.Items.Select(Of)]),
        SourceScalar { IsPlain: true } scalar => OfPlain(scalar.Text),
        SourceScalar scalar => JsonValue.Create(scalar.Text),
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };

    private static JsonValue? OfPlain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when Number().IsMatch(text) => JsonValue.Create(double.Parse(text, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(text),
    };

    [GeneratedRegex(@"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Number();
}
