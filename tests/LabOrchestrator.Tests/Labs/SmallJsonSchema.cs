using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LabOrchestrator.Labs;

/// <summary>The part of JSON Schema 2020-12 that our schema uses. A keyword that it does not know is an error, so that none is passed over.</summary>
internal sealed class SmallJsonSchema(string schema)
{
    private readonly JsonNode _root = JsonNode.Parse(schema)!;

    /// <summary>Where the value does not follow the schema; empty when it does.</summary>
    public List<string> Errors(JsonNode? value)
    {
        var errors = new List<string>();
        Check(_root.AsObject(), value, "", errors);
        return errors;
    }

    private void Check(JsonObject schema, JsonNode? value, string path, List<string> errors)
    {
        foreach (var (keyword, rule) in schema)
        {
            if (!Holds(schema, keyword, rule!, value, path, errors))
            {
                errors.Add($"{path}: {keyword} {rule!.ToJsonString()}");
            }
        }
    }

    private bool Holds(JsonObject schema, string keyword, JsonNode rule, JsonNode? value, string path, List<string> errors)
    {
        var map = value as JsonObject;
        var list = value as JsonArray;
        var text = value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
        var number = value?.GetValueKind() == JsonValueKind.Number ? value.GetValue<double>() : (double?)null;
        switch (keyword)
        {
            case "$schema" or "$id" or "$defs" or "title" or "description":
                return true;
            case "$ref":
                var name = rule.GetValue<string>().Split('/')[^1];
                Check(_root["$defs"]![name]!.AsObject(), value, path, errors);
                return true;
            case "type":
                return rule is JsonArray types
                    ? types.Any(t => IsOfType(t!.GetValue<string>(), value))
                    : IsOfType(rule.GetValue<string>(), value);
            case "enum":
                return rule.AsArray().Any(e => e!.GetValue<string>() == text);
            case "pattern":
                return text is null || Regex.IsMatch(text, rule.GetValue<string>(), RegexOptions.ECMAScript);
            case "minLength":
                return text is null || text.Length >= rule.GetValue<int>();
            case "maxLength":
                return text is null || text.EnumerateRunes().Count() <= rule.GetValue<int>();
            case "minimum":
                return number is null || number >= rule.GetValue<double>();
            case "maximum":
                return number is null || number <= rule.GetValue<double>();
            case "minItems":
                return list is null || list.Count >= rule.GetValue<int>();
            case "maxItems":
                return list is null || list.Count <= rule.GetValue<int>();
            case "items":
                CheckAll(list?.Select((item, index) => (item, $"{path}[{index}]")), rule, errors);
                return true;
            case "maxProperties":
                return map is null || map.Count <= rule.GetValue<int>();
            case "required":
                return map is null || rule.AsArray().All(r => map.ContainsKey(r!.GetValue<string>()));
            case "properties":
                foreach (var (key, below) in rule.AsObject().Where(p => map?.ContainsKey(p.Key) == true))
                {
                    Check(below!.AsObject(), map![key], $"{path}.{key}", errors);
                }

                return true;
            case "propertyNames":
                CheckAll(map?.Select(p => ((JsonNode?)JsonValue.Create(p.Key), $"{path}.{p.Key}")), rule, errors);
                return true;
            case "additionalProperties":
                var others = map?.Where(p => schema["properties"]?[p.Key] is null).ToList() ?? [];
                if (rule is JsonObject)
                {
                    CheckAll(others.Select(p => (p.Value, $"{path}.{p.Key}")), rule, errors);
                    return true;
                }

                return others.Count == 0;
            case "anyOf":
                return rule.AsArray().Any(s =>
                {
                    var below = new List<string>();
                    Check(s!.AsObject(), value, path, below);
                    return below.Count == 0;
                });
            default:
                throw new NotSupportedException(keyword);
        }
    }

    private void CheckAll(IEnumerable<(JsonNode? Value, string Path)>? values, JsonNode schema, List<string> errors)
    {
        foreach (var (value, path) in values ?? [])
        {
            Check(schema.AsObject(), value, path, errors);
        }
    }

    private static bool IsOfType(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String)
            or ("number", JsonValueKind.Number) or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => double.IsInteger(value!.GetValue<double>()),
        _ => false,
    };
}
