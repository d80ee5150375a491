namespace LabOrchestrator.Docker.Engine;

/// <summary>A volume to make.</summary>
internal sealed record VolumeCreation(string Name, IReadOnlyDictionary<string, string> Labels);

/// <summary>A volume.</summary>
internal sealed record VolumeSummary
{
    public string Name { get; init; } = "";

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>What it takes; only when asked for.</summary>
    public VolumeUse? UsageData { get; init; }
}

/// <summary>What a volume takes.</summary>
/// <param name="Size">Bytes; negative when the engine does not know.</param>
internal sealed record VolumeUse(long Size);

/// <summary>A list of volumes.</summary>
internal sealed record VolumeList(IReadOnlyList<VolumeSummary>? Volumes);
