using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>
/// Who set which fields of an object, as the API server keeps it: whoever changes a field's value has the field from then on. So what we
/// set is as we set it while it is ours, whatever the server made of its value. What is written by a path of its own (status, scale) is
/// left out. Objects that were made alike share one of these.
/// </summary>
[JsonConverter(typeof(FieldOwnersConverter))]
internal sealed class FieldOwners(IReadOnlyList<FieldOwner> all)
{
    // What we applied and what we patched have two owners of one name.
    private readonly FieldOwner[] _ours = [.. all.Where(o => o.Manager == KubernetesClientOptions.OurName)];
    private readonly FieldOwner[] _others = [.. all.Where(o => o.Manager != KubernetesClientOptions.OurName)];

    /// <summary>The object is as we made it: all that the manifest states is ours, and of a spec that it states nobody else set a part.</summary>
    public bool Kept(JsonObject manifest) =>
        StatedFields.Of(manifest).All(field => _ours.Any(o => o.Has(field))) && (manifest["spec"] is null || !_others.Any(o => o.Spec().Any()));

    /// <summary>Who set a part of what is ours.</summary>
    public IReadOnlyList<string> Intruders(JsonObject manifest)
    {
        var stated = StatedFields.Of(manifest).ToList();
        return
        [
            .. _others.Where(o => stated.Any(o.Has) || (manifest["spec"] is not null && o.Spec().Any()))
                .Select(o => o.Manager).Distinct().Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>A patch that takes away what others added to the spec; null when they added nothing.</summary>
    public JsonObject? Removal(JsonObject manifest)
    {
        var patch = new JsonObject();
        foreach (var path in _others.SelectMany(o => o.Spec()))
        {
            Remove(patch, manifest, ["spec", .. path]);
        }

        return patch.Count == 0 ? null : patch;
    }

    // The part that we state as well is set right by an apply; a part of one of our lists' items a patch cannot name.
    private static void Remove(JsonObject patch, JsonObject manifest, IReadOnlyList<string> path)
    {
        JsonNode? stated = manifest;
        foreach (var name in path)
        {
            stated = (stated as JsonObject)?[name];
        }

        if (stated is not null)
        {
            return;
        }

        var at = patch;
        foreach (var name in path.SkipLast(1))
        {
            if (at[name] is not JsonObject below)
            {
                at[name] = below = [];
            }

            at = below;
        }

        at[path[^1]] = null;
    }
}
