using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LabOrchestrator.KubernetesSimulator.Requests;

namespace LabOrchestrator.KubernetesSimulator.Schemas;

/// <summary>What is wrong with an object by its schema.</summary>
internal sealed class SchemaCheck
{
    private readonly bool _prune;

    private SchemaCheck(bool prune) => _prune = prune;

    /// <summary>Paths such as <c>spec.template.foo</c> that the schema does not know.</summary>
    public List<string> Unknown { get; } = [];

    /// <summary>Values of the wrong type: path, what was found, what is expected.</summary>
    public List<(string Path, string Found, string Expected)> Mistyped { get; } = [];

    /// <summary>Values missing or not allowed.</summary>
    public List<StatusCause> Invalid { get; } = [];

    /// <summary>Looks through an object; unknown fields are taken out of it.</summary>
    public static SchemaCheck Of(JsonObject value, Schema schema, bool prune = true)
    {
        var check = new SchemaCheck(prune);
        check.Object(value, schema, "");
        return check;
    }

    /// <summary>Fills in what the schema gives as default.</summary>
    public static void Default(JsonNode? value, Schema schema)
    {
        switch (value)
        {
            case JsonObject map:
                foreach (var (name, field) in schema.Properties)
                {
                    if (field.Default is { } given && !map.ContainsKey(name))
                    {
                        map[name] = given.DeepClone();
                    }
                }

                foreach (var (name, child) in map)
                {
                    if (child is JsonObject or JsonArray && schema.Field(name) is { } field)
                    {
                        Default(child, field);
                    }
                }

                break;
            case JsonArray list when schema.Items is { } items:
                foreach (var child in list)
                {
                    Default(child, items);
                }

                break;
            default:
                break;
        }
    }

    private void Value(JsonNode? value, Schema schema, string path)
    {
        switch (value)
        {
            case null:
                break;
            case JsonObject map when schema.Type is "object" or null && !schema.IsAnyScalar:
                Object(map, schema, path);
                break;
            case JsonArray list when schema.Type is "array" or null && !schema.IsAnyScalar:
                List(list, schema, path);
                break;
            case JsonValue scalar when Fits(scalar.GetValueKind(), schema):
                Scalar(scalar, schema, path);
                break;
            default:
                Mistyped.Add((path, Word(value.GetValueKind()), schema.IsAnyScalar ? "string" : schema.Type ?? "object"));
                break;
        }
    }

    private void Object(JsonObject map, Schema schema, string path)
    {
        foreach (var required in schema.Required)
        {
            if (map[required] is null)
            {
                Invalid.Add(new StatusCause("FieldValueRequired", "Required value", Join(path, required)));
            }
        }

        if (schema.IsOpen && schema.Properties.Count == 0)
        {
            return;
        }

        foreach (var (name, child) in map.ToArray())
        {
            if (schema.Field(name) is { } field)
            {
                Value(child, field, Join(path, name));
            }
            else if (!schema.KeepsUnknown)
            {
                Unknown.Add(Join(path, name));
                if (_prune)
                {
                    map.Remove(name);
                }
            }
        }
    }

    private void List(JsonArray list, Schema schema, string path)
    {
        if (schema.Items is not { } items)
        {
            return;
        }

        for (var at = 0; at < list.Count; at++)
        {
            Value(list[at], items, path + "[" + at.ToString(CultureInfo.InvariantCulture) + "]");
        }

        if (schema.ListType == "map")
        {
            foreach (var twice in list.OfType<JsonObject>().GroupBy(i => ListKeys.Of(i, schema)).Where(g => g.Count() > 1))
            {
                Invalid.Add(new StatusCause("FieldValueDuplicate", $"Duplicate value: {twice.Key}", path));
            }
        }
    }

    private void Scalar(JsonValue value, Schema schema, string path)
    {
        var text = value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        if (schema.Allowed.Length > 0 && !schema.Allowed.Contains(text))
        {
            var supported = string.Join(", ", schema.Allowed.Select(a => "\"" + a + "\""));
            Invalid.Add(new StatusCause("FieldValueNotSupported", $"Unsupported value: \"{text}\": supported values: {supported}", path));
        }

        if (schema.Pattern is { } pattern && value.GetValueKind() == JsonValueKind.String && !Regex.IsMatch(text, pattern))
        {
            Invalid.Add(new StatusCause("FieldValueInvalid", $"Invalid value: \"{text}\": {path} in body should match '{pattern}'", path));
        }

        if (value.GetValueKind() == JsonValueKind.Number && double.Parse(text, CultureInfo.InvariantCulture) is var number)
        {
            if (number < schema.Minimum || number > schema.Maximum)
            {
                Invalid.Add(new StatusCause("FieldValueInvalid", $"Invalid value: {text}: {path} in body is out of range", path));
            }
        }
    }

    private static bool Fits(JsonValueKind kind, Schema schema) => kind switch
    {
        JsonValueKind.String => schema.IsAnyScalar || schema.Type is "string" or null,
        JsonValueKind.Number => schema.IsAnyScalar || schema.Type is "integer" or "number" or null,
        JsonValueKind.True or JsonValueKind.False => schema.Type is "boolean" or null && !schema.IsAnyScalar,
        _ => false,
    };

    private static string Word(JsonValueKind kind) => kind switch
    {
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Object => "object",
        var other => other.ToString().ToLowerInvariant(),
    };

    private static string Join(string path, string name) => path.Length == 0 ? name : path + "." + name;
}
