using System.Globalization;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Schemas;

namespace LabOrchestrator.KubernetesSimulator.Patches;

/// <summary>The patches that know no owners: merge (RFC 7396), JSON (RFC 6902), strategic merge.</summary>
internal static class PlainPatches
{
    public static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject map ? (JsonObject)map.DeepClone() : [];
        foreach (var (name, value) in changes)
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = Merge(result[name], value);
            }
        }

        return result;
    }

    public static JsonNode? Strategic(JsonNode? target, JsonNode? patch, Schema? schema)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        if (changes.Text("$patch") == "replace")
        {
            var whole = (JsonObject)changes.DeepClone();
            whole.Remove("$patch");
            return whole;
        }

        var result = target is JsonObject map ? (JsonObject)map.DeepClone() : [];
        foreach (var (name, value) in changes.Where(c => !c.Key.StartsWith('$')))
        {
            var field = schema?.Field(name);
            result[name] = (value, field) switch
            {
                (JsonArray list, { PatchStrategy: { } how, PatchMergeKey: { } key }) when how.Contains("merge", StringComparison.Ordinal) =>
                    StrategicList(result[name] as JsonArray, list, key, field.Items),
                _ => Strategic(result[name], value, field),
            };
            if (value is null)
            {
                result.Remove(name);
            }
        }

        return result;
    }

    public static JsonNode? Json(JsonNode target, JsonArray operations)
    {
        var document = new JsonObject { ["root"] = target.DeepClone() };
        foreach (var operation in operations.OfType<JsonObject>())
        {
            var path = Path(operation.Text("path"));
            switch (operation.Text("op"))
            {
                case "add":
                    Put(document, path, operation["value"], insert: true);
                    break;
                case "replace":
                    _ = Get(document, path);
                    Put(document, path, operation["value"], insert: false);
                    break;
                case "remove":
                    Remove(document, path);
                    break;
                case "test" when JsonNode.DeepEquals(Get(document, path), operation["value"]):
                    break;
                case "copy":
                    Put(document, path, Get(document, Path(operation.Text("from"))), insert: true);
                    break;
                case "move":
                    var moved = Get(document, Path(operation.Text("from")))?.DeepClone();
                    Remove(document, Path(operation.Text("from")));
                    Put(document, path, moved, insert: true);
                    break;
                default:
                    throw Failed($"testing path {operation.Text("path")}: test failed");
            }
        }

        return document["root"];
    }

    private static JsonArray StrategicList(JsonArray? target, JsonArray patch, string key, Schema? item)
    {
        var result = target is null ? [] : (JsonArray)target.DeepClone();
        foreach (var change in patch.OfType<JsonObject>())
        {
            var same = result.OfType<JsonObject>().FirstOrDefault(r => r.Text(key) == change.Text(key));
            if (change.Text("$patch") == "delete")
            {
                result.Remove(same);
            }
            else if (same is null)
            {
                result.Add(change.DeepClone());
            }
            else
            {
                result[result.IndexOf(same)] = Strategic(same, change, item);
            }
        }

        return result;
    }

    private static string[] Path(string? pointer) =>
        ["root", .. (pointer ?? "").Split('/').Skip(1).Select(p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    private static JsonNode? Get(JsonNode? value, ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            value = value switch
            {
                JsonObject map when map.ContainsKey(step) => map[step],
                JsonArray list when int.TryParse(step, out var at) && at < list.Count => list[at],
                _ => throw Failed($"path does not exist: {step}"),
            };
        }

        return value;
    }

    private static void Put(JsonObject document, string[] path, JsonNode? value, bool insert)
    {
        switch (Get(document, path.AsSpan(..^1)))
        {
            case JsonObject map:
                map[path[^1]] = value?.DeepClone();
                break;
            case JsonArray list when path[^1] == "-":
                list.Add(value?.DeepClone());
                break;
            case JsonArray list when int.Parse(path[^1], CultureInfo.InvariantCulture) is var at && at <= list.Count:
                if (insert)
                {
                    list.Insert(at, value?.DeepClone());
                }
                else
                {
                    list[at] = value?.DeepClone();
                }

                break;
            default:
                throw Failed($"path does not exist: {path[^1]}");
        }
    }

    private static void Remove(JsonObject document, string[] path)
    {
        _ = Get(document, path);
        switch (Get(document, path.AsSpan(..^1)))
        {
            case JsonObject map:
                map.Remove(path[^1]);
                break;
            case JsonArray list:
                list.RemoveAt(int.Parse(path[^1], CultureInfo.InvariantCulture));
                break;
            default:
                break;
        }
    }

    private static ApiRefusal Failed(string why) => new(422, "Invalid", "the server rejected our request due to an error in our request: " + why);
}
