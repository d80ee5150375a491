namespace LabOrchestrator.Docker.Engine;

/// <summary>Something that happened in the engine.</summary>
internal sealed record EngineEvent
{
    public string Type { get; init; } = "";

    public string Action { get; init; } = "";

    public EngineEventActor Actor { get; init; } = new();
}

/// <summary>To what it happened; the attributes are labels and the name.</summary>
internal sealed record EngineEventActor
{
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();
}
