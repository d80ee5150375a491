using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Schemas;

namespace LabOrchestrator.KubernetesSimulator.Patches;

/// <summary>A set of fields as <c>managedFields</c> holds it: a tree of <c>f:name</c>, <c>k:{key}</c> and <c>v:value</c>.</summary>
internal sealed class FieldSet
{
    private readonly SortedDictionary<string, FieldSet> _children = new(StringComparer.Ordinal);

    /// <summary>The field itself belongs to the set, not only fields below it.</summary>
    public bool IsMember { get; private set; }

    public IReadOnlyDictionary<string, FieldSet> Children => _children;

    public bool IsEmpty => !IsMember && _children.Count == 0;

    public FieldSet Child(string step)
    {
        if (!_children.TryGetValue(step, out var child))
        {
            _children[step] = child = new FieldSet();
        }

        return child;
    }

    public FieldSet? Find(string step) => _children.GetValueOrDefault(step);

    public FieldSet Add()
    {
        IsMember = true;
        return this;
    }

    /// <summary>The fields that an object states.</summary>
    public static FieldSet Of(JsonObject value, Schema schema)
    {
        var all = new FieldSet();
        all.State(value, schema);
        all.IsMember = false;
        return all.WithoutIdentity();
    }

    /// <summary>The paths that it holds, each from the root.</summary>
    public IEnumerable<string[]> Paths() => Paths([]);

    public bool Holds(ReadOnlySpan<string> path) =>
        path.IsEmpty ? IsMember : _children.TryGetValue(path[0], out var child) && child.Holds(path[1..]);

    public void Add(ReadOnlySpan<string> path)
    {
        var at = this;
        foreach (var step in path)
        {
            at = at.Child(step);
        }

        at.IsMember = true;
    }

    /// <summary>Takes a field out, and with <paramref name="below"/> all below it.</summary>
    public void Remove(ReadOnlySpan<string> path, bool below = false)
    {
        if (path.IsEmpty)
        {
            IsMember = false;
            if (below)
            {
                _children.Clear();
            }
        }
        else if (_children.TryGetValue(path[0], out var child))
        {
            child.Remove(path[1..], below);
            if (child.IsEmpty)
            {
                _children.Remove(path[0]);
            }
        }
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (IsMember && _children.Count > 0)
        {
            json["."] = new JsonObject();
        }

        foreach (var (step, child) in _children)
        {
            json[step] = child.ToJson();
        }

        return json;
    }

    public static FieldSet FromJson(JsonNode? json)
    {
        var set = new FieldSet();
        if (json is JsonObject map)
        {
            set.IsMember = map.Count == 0 || map.ContainsKey(".");
            foreach (var (step, child) in map)
            {
                if (step != ".")
                {
                    set._children[step] = FromJson(child);
                }
            }
        }

        return set;
    }

    /// <summary>A path as messages show it: <c>.spec.containers[name="a"].image</c>.</summary>
    public static string Show(IEnumerable<string> path) => string.Concat(path.Select(step => step[..2] switch
    {
        "f:" => "." + step[2..],
        "k:" => "[" + string.Join(",", ((JsonObject)JsonNode.Parse(step[2..])!).Select(k => k.Key + "=" + k.Value!.ToJsonString(ObjectJson.Plain))) + "]",
        _ => "[=" + step[2..] + "]",
    }));

    /// <summary>What nobody owns: what an object is, and what the server writes.</summary>
    private FieldSet WithoutIdentity()
    {
        foreach (var step in (string[])["f:apiVersion", "f:kind"])
        {
            Remove([step], below: true);
        }

        foreach (var field in (string[])["name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"])
        {
            Remove(["f:metadata", "f:" + field], below: true);
        }

        Find("f:metadata")?.Remove([]);
        if (Find("f:metadata") is { IsEmpty: true })
        {
            _children.Remove("f:metadata");
        }

        return this;
    }

    private void State(JsonNode? value, Schema? schema)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } map when schema?.MapType != "atomic":
                foreach (var (name, child) in map)
                {
                    var field = schema?.Field(name);
                    var step = Child("f:" + name);
                    step.State(child, field);
                    if (schema is not null && !schema.Properties.ContainsKey(name))
                    {
                        step.IsMember = true;
                    }
                }

                break;
            case JsonArray { Count: > 0 } list when schema?.ListType == "map":
                foreach (var item in list.OfType<JsonObject>())
                {
                    Child("k:" + ListKeys.Of(item, schema)).Add().State(item, schema.Items);
                    Child("k:" + ListKeys.Of(item, schema)).IsMember = true;
                }

                break;
            case JsonArray { Count: > 0 } list when schema?.ListType == "set":
                foreach (var item in list)
                {
                    Child("v:" + item!.ToJsonString(ObjectJson.Plain)).IsMember = true;
                }

                break;
            default:
                IsMember = true;
                break;
        }
    }

    private IEnumerable<string[]> Paths(string[] before)
    {
        if (IsMember)
        {
            yield return before;
        }

        foreach (var (step, child) in _children)
        {
            foreach (var path in child.Paths([.. before, step]))
            {
                yield return path;
            }
        }
    }
}
