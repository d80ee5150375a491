using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>What of an instance the cluster had lost and one apply made again, beside the machines, which say so themselves.</summary>
internal sealed class Losses
{
    private readonly Lock _lock = new();
    private readonly List<string> _names = [];
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

    /// <summary>A sentence for the instance's users; null when nothing was lost.</summary>
    public string? Sentence()
    {
        lock (_lock)
        {
            return _everything ? "The cluster lost this lab's namespace with everything in it and made it again."
                : _names.Count == 0 ? null
                : $"The cluster lost a part of this lab and made it again: {string.Join(", ", _names.Order(StringComparer.Ordinal))}.";
        }
    }
}
