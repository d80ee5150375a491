using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>What of an instance was lost or changed on the cluster and one apply made again, beside the machines, which say so themselves.</summary>
internal sealed class Losses
{
    private readonly Lock _lock = new();
    private readonly List<string> _names = [];
    private readonly List<string> _changed = [];
    private bool _everything;

    /// <summary>What was noted last.</summary>
    public string? Noted { get; set; }

    /// <summary>The namespace was lost, and with it all that was in it.</summary>
    public void AddEverything()
    {
        lock (_lock)
        {
            _everything = true;
        }
    }

    public void Add(JsonObject manifest) => Add((string)manifest["kind"]!, Manifest.NameOf(manifest)!);

    public void Add(string kind, string name)
    {
        lock (_lock)
        {
            _names.Add($"{kind} {name}{(kind == Kinds.PersistentVolumeClaim.Name ? " (empty now)" : "")}");
        }
    }

    /// <summary>Somebody changed it, and it was set right.</summary>
    public void AddChanged(JsonObject manifest)
    {
        lock (_lock)
        {
            _changed.Add($"{(string)manifest["kind"]!} {Manifest.NameOf(manifest)}");
        }
    }

    /// <summary>What there is to say to the instance's users; null when nothing was lost or changed.</summary>
    public string? Sentence()
    {
        lock (_lock)
        {
            string?[] sentences =
            [
                _everything ? "The cluster lost this lab's namespace with everything in it and made it again."
                    : _names.Count > 0 ? $"The cluster lost a part of this lab and made it again: {Listed(_names)}."
                    : null,
                _changed.Count > 0 ? $"Somebody changed a part of this lab on the cluster, and it was set right: {Listed(_changed)}." : null,
            ];
            return sentences.All(s => s is null) ? null : string.Join(' ', sentences.OfType<string>());
        }
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal));
}
