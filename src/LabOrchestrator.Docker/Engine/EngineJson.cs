using System.Text.Json.Serialization;

namespace LabOrchestrator.Docker.Engine;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(EngineInfo))]
[JsonSerializable(typeof(ContainerCreation))]
[JsonSerializable(typeof(CreatedAnswer))]
[JsonSerializable(typeof(ContainerDetails))]
[JsonSerializable(typeof(List<ContainerSummary>))]
[JsonSerializable(typeof(WaitAnswer))]
[JsonSerializable(typeof(NetworkCreation))]
[JsonSerializable(typeof(NetworkConnection))]
[JsonSerializable(typeof(NetworkDisconnection))]
[JsonSerializable(typeof(List<NetworkSummary>))]
[JsonSerializable(typeof(VolumeCreation))]
[JsonSerializable(typeof(VolumeSummary))]
[JsonSerializable(typeof(VolumeList))]
[JsonSerializable(typeof(ImageDetails))]
[JsonSerializable(typeof(List<ImageSummary>))]
[JsonSerializable(typeof(ImageProgress))]
[JsonSerializable(typeof(RegistryAuthentication))]
[JsonSerializable(typeof(ExecCreation))]
[JsonSerializable(typeof(ExecStart))]
[JsonSerializable(typeof(ExecDetails))]
[JsonSerializable(typeof(EngineEvent))]
[JsonSerializable(typeof(Dictionary<string, List<string>>))]
internal sealed partial class EngineJson : JsonSerializerContext;

/// <summary>What the engine says when it refuses.</summary>
internal sealed record ErrorAnswer([property: JsonPropertyName("message")] string? Message);

/// <summary>The identity of what was made.</summary>
internal sealed record CreatedAnswer(string Id);

/// <summary>The engine's host.</summary>
internal sealed record EngineInfo
{
    [JsonPropertyName("ID")]
    public string Id { get; init; } = "";

    [JsonPropertyName("NCPU")]
    public int Cpus { get; init; }

    public long MemTotal { get; init; }

    public string DockerRootDir { get; init; } = "";

    public string ServerVersion { get; init; } = "";
}
