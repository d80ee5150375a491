namespace LabOrchestrator.Runtimes;

/// <summary>The configured runtimes, by name.</summary>
public sealed class LabRuntimes
{
    private readonly Dictionary<string, ILabRuntime> _byName;

    /// <summary>Takes the runtimes in order of preference.</summary>
    /// <exception cref="ArgumentException">There is none, or two have one name.</exception>
    public LabRuntimes(IEnumerable<ILabRuntime> runtimes)
    {
        All = [.. runtimes];
        if (All.Count == 0)
        {
            throw new ArgumentException("No runtime is configured; register at least one, for example with AddDockerRuntime().", nameof(runtimes));
        }

        _byName = All.ToDictionary(r => r.Name, StringComparer.Ordinal);
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<ILabRuntime> All { get; }

    /// <summary>The one that starts take when they name none.</summary>
    public ILabRuntime Default => All[0];

    /// <summary>The runtime of that name, or null.</summary>
    public ILabRuntime? Find(string name) => _byName.GetValueOrDefault(name);
}
