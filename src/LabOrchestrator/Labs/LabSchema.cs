using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Labs.Reading;

namespace LabOrchestrator.Labs;

/// <summary>
/// The JSON Schema (2020-12) of <c>lab.yaml</c>, for editors. It says what a schema can say; <see cref="LabReader"/> also checks what
/// hangs together: names, images, addresses, files.
/// </summary>
public static class LabSchema
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly Lazy<string> Text = new(() => Write().ToJsonString(Layout) + "\n");

    /// <summary>The schema as text.</summary>
    public static string Json => Text.Value;

    private static JsonObject Write()
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = "lab.schema.json",
            ["title"] = "lab.yaml",
        };
        foreach (var (key, value) in Body(LabFormat.Lab))
        {
            schema[key] = value!.DeepClone();
        }

        var definitions = new JsonObject();
        foreach (var map in LabFormat.AllMaps().Skip(1))
        {
            definitions[map.Name] = Body(map);
        }

        schema["$defs"] = definitions;
        return schema;
    }

    private static JsonObject Body(MapShape map)
    {
        var properties = new JsonObject();
        foreach (var key in map.Keys)
        {
            var property = Of(key.Shape);
            property["description"] = key.Default is null ? key.Meaning : $"{key.Meaning} Default: {key.Default}.";
            properties[key.Name] = property;
        }

        var body = new JsonObject
        {
            ["description"] = map.Meaning,
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = properties,
        };
        var required = map.Keys.Where(k => k.IsRequired).Select(k => (JsonNode)k.Name).ToArray();
        if (required.Length > 0)
        {
            body["required"] = new JsonArray(required);
        }

        return body;
    }

    private static JsonObject Of(Shape shape) => shape switch
    {
        TextShape text => OfText(text),
        SizeShape => new JsonObject { ["type"] = "string", ["pattern"] = Whole(ByteSize.Pattern) },
        NumberShape number => new JsonObject
        {
            ["type"] = number.IsWhole ? "integer" : "number",
            ["minimum"] = number.Minimum,
            ["maximum"] = number.Maximum,
        },
        FlagShape => new JsonObject { ["type"] = "boolean" },
        ChoiceShape choice => new JsonObject { ["enum"] = new JsonArray([.. choice.Choices.Select(c => (JsonNode)c)]) },
        ListShape list => new JsonObject
        {
            ["type"] = "array",
            ["items"] = Of(list.Item),
            ["minItems"] = list.Minimum,
            ["maxItems"] = list.Maximum,
        },
        MapShape map => new JsonObject { ["$ref"] = $"#/$defs/{map.Name}" },
        TextMapShape map => new JsonObject
        {
            ["type"] = "object",
            ["propertyNames"] = OfText(map.Key with { TakesAnyScalar = false }),
            ["additionalProperties"] = OfText(map.Value),
            ["maxProperties"] = map.Maximum,
        },
        FreeShape => new JsonObject { ["type"] = "object" },
        EitherShape either => new JsonObject { ["anyOf"] = new JsonArray(Of(either.Short), Of(either.Long)) },
        _ => throw new ArgumentOutOfRangeException(nameof(shape)),
    };

    private static JsonObject OfText(TextShape text)
    {
        var schema = new JsonObject { ["type"] = text.TakesAnyScalar ? new JsonArray("string", "number", "boolean") : "string" };
        if (text.MinimumLength > 0)
        {
            schema["minLength"] = text.MinimumLength;
        }

        if (text.MaximumLength < int.MaxValue)
        {
            schema["maxLength"] = text.MaximumLength;
        }

        if (text.Pattern is not null)
        {
            schema["pattern"] = Whole(text.Pattern);
        }

        return schema;
    }

    private static string Whole(string pattern) => $"^(?:{pattern})$";
}
