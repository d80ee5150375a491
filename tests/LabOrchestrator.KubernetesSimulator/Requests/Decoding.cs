using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Schemas;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Holding of sent objects against their schema, in the words of the API server.</summary>
internal static class Decoding
{
    public static void Check(ResourceKind kind, JsonObject value, WriteOptions options)
    {
        DropNulls(value);
        var check = SchemaCheck.Of(value, kind.Schema);
        if (check.Unknown.Count > 0 && options.FieldValidation == "Strict")
        {
            var words = string.Join(", ", check.Unknown.Select(u => $"unknown field \"{u}\""));
            throw kind.IsCustom
                ? ApiRefusal.BadRequest("strict decoding error: " + words)
                : ApiRefusal.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: strict decoding error: {words}");
        }

        if (options.FieldValidation == "Warn")
        {
            options.Warnings.AddRange(check.Unknown.Select(u => $"unknown field \"{u}\""));
        }

        Refuse(kind, value, check);
        SchemaCheck.Default(value, kind.Schema);
    }

    /// <summary>An apply knows no unknown fields, whatever the validation asked for; it may leave out what is required.</summary>
    public static void CheckApplied(ResourceKind kind, JsonObject value)
    {
        DropNulls(value);
        var check = SchemaCheck.Of(value, kind.Schema, prune: false);
        var wrong = check.Unknown.Select(u => $".{u}: field not declared in schema")
            .Concat(check.Mistyped.Select(m => $".{m.Path}: expected {m.Expected}, got {m.Found}")).ToList();
        if (wrong.Count > 0)
        {
            var name = (kind.Namespaced ? value.Metadata().Text("namespace") + "/" : "") + value.Metadata().Text("name");
            throw new ApiRefusal(500, "", $"failed to create typed patch object ({name}; {kind.ApiVersion}, Kind={kind.Kind}): {(wrong.Count == 1 ? wrong[0] : "errors:\n  " + string.Join("\n  ", wrong))}");
        }
    }

    /// <summary>After merging and defaulting: what is required must be there.</summary>
    public static void CheckWhole(ResourceKind kind, JsonObject value)
    {
        SchemaCheck.Default(value, kind.Schema);
        Refuse(kind, value, SchemaCheck.Of(value, kind.Schema));
    }

    private static void Refuse(ResourceKind kind, JsonObject value, SchemaCheck check)
    {
        var name = value.Metadata().Text("name") ?? "";
        if (check.Mistyped.Count > 0 && !kind.IsCustom)
        {
            var (path, found, expected) = check.Mistyped[0];
            throw ApiRefusal.BadRequest(
                $"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: json: cannot unmarshal {found} into Go struct field {kind.Kind}.{path} of type {expected}");
        }

        List<StatusCause> causes =
        [
            .. check.Mistyped.Select(m => new StatusCause("FieldValueTypeInvalid", $"Invalid value: \"{m.Found}\": {m.Path} in body must be of type {m.Expected}: \"{m.Found}\"", m.Path)),
            .. check.Invalid,
        ];
        if (causes.Count > 0)
        {
            throw ApiRefusal.Invalid(kind, name, causes);
        }
    }

    private static void DropNulls(JsonNode? value)
    {
        if (value is JsonObject map)
        {
            foreach (var name in map.Where(m => m.Value is null).Select(m => m.Key).ToList())
            {
                map.Remove(name);
            }

            foreach (var (_, child) in map)
            {
                DropNulls(child);
            }
        }
        else if (value is JsonArray list)
        {
            foreach (var child in list)
            {
                DropNulls(child);
            }
        }
    }
}
