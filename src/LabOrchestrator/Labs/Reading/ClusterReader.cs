using System.Collections.Immutable;
using System.Text.Json.Nodes;
using LabOrchestrator.Images;
using LabOrchestrator.Labs.Cluster;

namespace LabOrchestrator.Labs.Reading;

/// <summary>Reads what a lab wishes of a cluster: objects of its author's, and how machines differ there.</summary>
internal sealed class ClusterReader(MistakeList mistakes)
{
    /// <summary>Most copies of a pod that one object may ask for.</summary>
    public const int MostReplicas = 10;

    private static readonly string[] OwnNames = ["lab", "helper", "machines", "lab-author"];

    /// <summary>The objects, as JSON.</summary>
    public ImmutableArray<string> ReadObjects(CheckedNode lab, ImmutableArray<MachineDefinition> machines)
    {
        var seen = new HashSet<(string, string)>();
        var objects = ImmutableArray.CreateBuilder<string>();
        foreach (var node in lab["kubernetes"]?.List("objects") ?? [])
        {
            if (node.Value is not JsonObject manifest)
            {
                continue;
            }

            if (CheckKind(node, manifest) is { } kind)
            {
                CheckName(node, manifest, kind, machines, seen);
                CheckContent(node, manifest, kind, machines);
            }

            objects.Add(manifest.ToJsonString());
        }

        return objects.ToImmutable();
    }

    /// <summary>What a machine has of its own on a cluster; null for nothing.</summary>
    public MachineOnCluster? ReadMachine(CheckedNode machine, ImageKind kind, ImmutableArray<MachinePrivilege> privileges)
    {
        if (machine["kubernetes"] is not { } node)
        {
            return null;
        }

        var patch = node["patch"]?.Value as JsonObject;
        foreach (var path in patch is null ? [] : MachinePatch.Violations(patch, kind, privileges))
        {
            Forbid(node["patch"]!, path, LabMistakeKind.PatchForbidden);
        }

        return new MachineOnCluster(node.Text("instancetype"), node.Text("preference"), patch?.ToJsonString());
    }

    private ClusterObjectKind? CheckKind(CheckedNode node, JsonObject manifest)
    {
        var (apiVersion, name) = (TextOf(manifest["apiVersion"]), TextOf(manifest["kind"]));
        var kind = ClusterObjectKind.Find(apiVersion, name);
        if (kind is null)
        {
            mistakes.Add(
                PlainJson.Locate(node.Source, "kind"), $"{node.Path}.kind", LabMistakeKind.ClusterObjectKind, $"{apiVersion} {name}".Trim(),
                string.Join(", ", ClusterObjectKind.All.Select(k => $"`{k.ApiVersion}` `{k.Name}`")));
        }

        return kind;
    }

    private void CheckName(
        CheckedNode node, JsonObject manifest, ClusterObjectKind kind, ImmutableArray<MachineDefinition> machines, HashSet<(string, string)> seen)
    {
        var metadata = manifest["metadata"] as JsonObject;
        var name = TextOf(metadata?["name"]);
        var place = PlainJson.Locate(node.Source, "metadata.name");
        if (name is null || name.Length > 50 || !LabFormat.Label(50).Matches(name))
        {
            mistakes.Add(place, $"{node.Path}.metadata.name", LabMistakeKind.ClusterObjectName, name ?? "");
            return;
        }

        if (OwnNames.Contains(name) || machines.Any(m => name == m.Name || name.StartsWith($"{m.Name}-", StringComparison.Ordinal)))
        {
            mistakes.Add(place, $"{node.Path}.metadata.name", LabMistakeKind.ClusterObjectReserved, name);
        }

        if (!seen.Add((kind.Name, name)))
        {
            mistakes.Add(place, $"{node.Path}.metadata.name", LabMistakeKind.DuplicateEntry, $"{kind.Name} {name}");
        }
    }

    private void CheckContent(CheckedNode node, JsonObject manifest, ClusterObjectKind kind, ImmutableArray<MachineDefinition> machines)
    {
        foreach (var path in ClusterObjectRules.Violations(kind, manifest))
        {
            Forbid(node, path, LabMistakeKind.ClusterObjectForbidden);
        }

        if (kind.PodSpec.Length > 1 && manifest["spec"]?["replicas"] is { } replicas
            && !(replicas is JsonValue value && value.TryGetValue<long>(out var count) && count is >= 0 and <= MostReplicas))
        {
            mistakes.Add(
                PlainJson.Locate(node.Source, "spec.replicas"), $"{node.Path}.spec.replicas", LabMistakeKind.OutOfRange, replicas.ToJsonString(), 0, MostReplicas);
        }

        // Pod Security lets such a machine do what baseline forbids, and it knows one level for all pods of a namespace.
        if (!kind.PodSpec.IsEmpty && machines.FirstOrDefault(m => m.Privileges.Any(p => p != MachinePrivilege.Sudo)) is { } machine)
        {
            mistakes.Add(node, LabMistakeKind.ClusterPodsBesidePrivileges, kind.Name, machine.Name);
        }
    }

    private void Forbid(CheckedNode node, string path, LabMistakeKind kind) =>
        mistakes.Add(PlainJson.Locate(node.Source, path), $"{node.Path}.{path}", kind, path);

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
