namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>The API server's version.</summary>
internal sealed record ServerVersion
{
    public string Major { get; init; } = "";

    /// <summary>May end in a plus sign.</summary>
    public string Minor { get; init; } = "";

    /// <summary>Such as <c>v1.35.1</c>.</summary>
    public string GitVersion { get; init; } = "";
}

/// <summary>The groups that the API server knows, ours among them when their definitions are installed.</summary>
internal sealed record ApiGroups
{
    public IReadOnlyList<ApiGroup> Groups { get; init => field = value ?? []; } = [];

    /// <summary>The group is served in that version.</summary>
    public bool Serves(string group, string version) =>
        Groups.Any(g => g.Name == group && g.Versions.Any(v => v.Version == version));
}

internal sealed record ApiGroup
{
    public string Name { get; init; } = "";

    public IReadOnlyList<ApiGroupVersion> Versions { get; init => field = value ?? []; } = [];
}

internal sealed record ApiGroupVersion(string GroupVersion, string Version);
