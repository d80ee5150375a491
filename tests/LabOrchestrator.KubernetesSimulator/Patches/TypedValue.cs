using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Schemas;

namespace LabOrchestrator.KubernetesSimulator.Patches;

/// <summary>Merging, comparing and cutting of objects by their schema.</summary>
internal static class TypedValue
{
    /// <summary>The live object with what the other states; both stay as they are.</summary>
    public static JsonNode? Merge(JsonNode? live, JsonNode? stated, Schema? schema)
    {
        switch (live, stated)
        {
            case (JsonObject old, JsonObject now) when schema?.MapType != "atomic":
                var map = (JsonObject)old.DeepClone();
                foreach (var (name, value) in now)
                {
                    map[name] = Merge(old[name], value, schema?.Field(name));
                }

                return map;
            case (JsonArray old, JsonArray now) when schema?.ListType == "map":
                var rest = now.OfType<JsonObject>().ToList();
                var merged = new JsonArray();
                foreach (var item in old.OfType<JsonObject>())
                {
                    var key = ListKeys.Of(item, schema);
                    var same = rest.Find(r => ListKeys.Of(r, schema) == key);
                    merged.Add(same is null ? item.DeepClone() : Merge(item, same, schema.Items));
                    rest.RemoveAll(r => ReferenceEquals(r, same));
                }

                rest.ForEach(r => merged.Add(r.DeepClone()));
                return merged;
            case (JsonArray old, JsonArray now) when schema?.ListType == "set":
                var texts = old.Select(v => v!.ToJsonString()).ToHashSet();
                return new JsonArray([.. old.Select(v => v?.DeepClone()), .. now.Where(v => !texts.Contains(v!.ToJsonString())).Select(v => v?.DeepClone())]);
            default:
                return stated?.DeepClone();
        }
    }

    /// <summary>Paths of values that differ: set or changed ones, and those that are gone.</summary>
    public static (FieldSet Changed, FieldSet Gone) Compare(JsonObject before, JsonObject after, Schema schema)
    {
        var old = FieldSet.Of(before, schema);
        var now = FieldSet.Of(after, schema);
        var changed = new FieldSet();
        var gone = new FieldSet();
        foreach (var path in now.Paths())
        {
            if (!old.Holds(path) || (IsLeaf(now, path) && !JsonNode.DeepEquals(Find(before, path, schema), Find(after, path, schema))))
            {
                changed.Add(path);
            }
        }

        foreach (var path in old.Paths())
        {
            if (!now.Holds(path))
            {
                gone.Add(path);
            }
        }

        return (changed, gone);
    }

    /// <summary>The value at a path of field steps.</summary>
    public static JsonNode? Find(JsonNode? value, ReadOnlySpan<string> path, Schema? schema)
    {
        foreach (var step in path)
        {
            (value, schema) = step[..2] switch
            {
                "f:" => (value.At(step[2..]), schema?.Field(step[2..])),
                "k:" => (value is JsonArray list && schema is not null ? list.OfType<JsonObject>().FirstOrDefault(i => ListKeys.Of(i, schema) == step[2..]) : null, schema?.Items),
                _ => (value is JsonArray set ? set.FirstOrDefault(i => i?.ToJsonString(ObjectJson.Plain) == step[2..]) : null, schema?.Items),
            };
        }

        return value;
    }

    /// <summary>Takes the value at a path away; containers that are thereby empty stay.</summary>
    public static void Remove(JsonNode? value, ReadOnlySpan<string> path, Schema schema)
    {
        var parentPath = path[..^1];
        var parent = Find(value, parentPath, schema);
        var last = path[^1];
        switch (parent)
        {
            case JsonObject map:
                map.Remove(last[2..]);
                break;
            case JsonArray list when SchemaAt(schema, parentPath) is { } type:
                var found = list.FirstOrDefault(i => last[..2] == "k:"
                    ? i is JsonObject item && ListKeys.Of(item, type) == last[2..]
                    : i?.ToJsonString(ObjectJson.Plain) == last[2..]);
                list.Remove(found);
                break;
            default:
                break;
        }
    }

    private static Schema? SchemaAt(Schema? schema, ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            schema = step[..2] == "f:" ? schema?.Field(step[2..]) : schema?.Items;
        }

        return schema;
    }

    private static bool IsLeaf(FieldSet set, ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            set = set.Find(step)!;
        }

        return set.Children.Count == 0;
    }
}
