using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Schemas;

namespace LabOrchestrator.KubernetesSimulator.Patches;

/// <summary>One entry of <c>managedFields</c>.</summary>
internal sealed record FieldOwner(string Manager, string Operation, string? Subresource, string ApiVersion, string Time, FieldSet Fields)
{
    public bool Is(string manager, string operation, string? subresource) =>
        Manager == manager && Operation == operation && Subresource == subresource;
}

/// <summary>Who owns which fields of an object.</summary>
internal sealed class FieldOwners
{
    private readonly List<FieldOwner> _owners;

    private FieldOwners(List<FieldOwner> owners) => _owners = owners;

    public IReadOnlyList<FieldOwner> All => _owners;

    public static FieldOwners Of(JsonObject value) => new([.. value.Metadata().Objects("managedFields").Select(o => new FieldOwner(
        o.Text("manager") ?? "", o.Text("operation") ?? "Update", o.Text("subresource"), o.Text("apiVersion") ?? "", o.Text("time") ?? "", FieldSet.FromJson(o["fieldsV1"])))]);

    public void Write(JsonObject value)
    {
        var entries = _owners.Where(o => !o.Fields.IsEmpty).Select(o =>
        {
            var entry = new JsonObject
            {
                ["manager"] = o.Manager,
                ["operation"] = o.Operation,
                ["apiVersion"] = o.ApiVersion,
                ["time"] = o.Time,
                ["fieldsType"] = "FieldsV1",
                ["fieldsV1"] = o.Fields.ToJson(),
            };
            if (o.Subresource is { } subresource)
            {
                entry["subresource"] = subresource;
            }

            return (JsonNode)entry;
        }).ToArray();
        value.Metadata()["managedFields"] = new JsonArray(entries);
    }

    /// <summary>Notes a plain write: what it changed is the writer's alone, what it took away nobody's.</summary>
    public void Updated(JsonObject before, JsonObject after, ResourceKind kind, string manager, string? subresource, string time)
    {
        var (changed, gone) = TypedValue.Compare(before, after, kind.Schema);
        foreach (var path in changed.Paths().Concat(gone.Paths()))
        {
            foreach (var other in _owners.Where(o => !o.Is(manager, "Update", subresource)))
            {
                other.Fields.Remove(path);
            }
        }

        if (changed.IsEmpty && gone.IsEmpty)
        {
            return;
        }

        var own = _owners.Find(o => o.Is(manager, "Update", subresource))?.Fields ?? new FieldSet();
        foreach (var path in changed.Paths())
        {
            own.Add(path);
        }

        foreach (var path in gone.Paths())
        {
            own.Remove(path);
        }

        Set(new FieldOwner(manager, "Update", subresource, kind.ApiVersion, time, own));
    }

    /// <summary>Server-side apply: the merged object.</summary>
    public JsonObject Apply(JsonObject live, JsonObject stated, ResourceKind kind, string manager, string? subresource, bool force, string time)
    {
        var schema = kind.Schema;
        var wanted = FieldSet.Of(stated, schema);
        var merged = (JsonObject)TypedValue.Merge(live, stated, schema)!;
        var last = _owners.Find(o => o.Is(manager, "Apply", subresource))?.Fields;
        Prune(merged, last, wanted, schema, manager, subresource);
        var (changed, _) = TypedValue.Compare(live, merged, schema);
        var conflicts = (from owner in _owners
                         where !owner.Is(manager, "Apply", subresource)
                         from path in wanted.Paths()
                         where changed.Holds(path) && owner.Fields.Holds(path)
                         select (owner, path)).ToList();
        if (conflicts.Count > 0 && !force)
        {
            throw Conflict(conflicts);
        }

        foreach (var (owner, path) in conflicts)
        {
            owner.Fields.Remove(path);
        }

        Set(new FieldOwner(manager, "Apply", subresource, kind.ApiVersion, time, wanted));
        return merged;
    }

    /// <summary>Takes away what this manager applied before, states no longer, and nobody else owns.</summary>
    private void Prune(JsonObject merged, FieldSet? last, FieldSet wanted, Schema schema, string manager, string? subresource)
    {
        if (last is null)
        {
            return;
        }

        var others = _owners.Where(o => !o.Is(manager, "Apply", subresource)).ToList();
        foreach (var path in last.Paths().OrderBy(p => p.Length))
        {
            if (!wanted.Holds(path) && !Below(wanted, path) && !others.Exists(o => o.Fields.Holds(path) || Below(o.Fields, path)))
            {
                TypedValue.Remove(merged, path, schema);
            }
        }
    }

    private static bool Below(FieldSet set, ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            if (set.Find(step) is not { } child)
            {
                return false;
            }

            set = child;
        }

        return true;
    }

    private void Set(FieldOwner owner)
    {
        var at = _owners.FindIndex(o => o.Is(owner.Manager, owner.Operation, owner.Subresource));
        if (at < 0)
        {
            _owners.Add(owner);
        }
        else
        {
            _owners[at] = owner;
        }
    }

    private static ApiRefusal Conflict(List<(FieldOwner Owner, string[] Path)> conflicts)
    {
        static string Name(FieldOwner o) =>
            $"\"{o.Manager}\"{(o.Subresource is null ? "" : $" with subresource \"{o.Subresource}\"")} using {o.ApiVersion}";
        var causes = conflicts.Select(c => new StatusCause("FieldManagerConflict", "conflict with " + Name(c.Owner), FieldSet.Show(c.Path))).ToList();
        var words = conflicts.Count == 1
            ? $"conflict with {Name(conflicts[0].Owner)}: {causes[0].Field}"
            : string.Join('\n', conflicts.GroupBy(c => Name(c.Owner)).Select(g => $"conflicts with {g.Key}:\n" + string.Join('\n', g.Select(c => "- " + FieldSet.Show(c.Path)))));
        return new ApiRefusal(409, "Conflict", $"Apply failed with {conflicts.Count} conflict{(conflicts.Count == 1 ? "" : "s")}: {words}") { Causes = causes };
    }
}
