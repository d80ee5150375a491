using System.Text.Json.Serialization;

namespace LabOrchestrator.Docker.Engine;

/// <summary>A container in a list.</summary>
internal sealed record ContainerSummary
{
    public string Id { get; init; } = "";

    public IReadOnlyList<string> Names { get; init; } = [];

    [JsonPropertyName("ImageID")]
    public string ImageId { get; init; } = "";

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; init; }

    /// <summary>One of <see cref="ContainerStates"/>.</summary>
    public string State { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Bytes of the writable layer; only when asked for.</summary>
    public long? SizeRw { get; init; }

    public IReadOnlyList<MountSummary> Mounts { get; init; } = [];

    /// <summary>The name without its slash.</summary>
    [JsonIgnore]
    public string Name => Names.Select(n => n.TrimStart('/')).FirstOrDefault(n => !n.Contains('/', StringComparison.Ordinal)) ?? "";
}

/// <summary>A mount of a container.</summary>
internal sealed record MountSummary(string? Type, string? Name, string? Destination);

/// <summary>A container with its state.</summary>
internal sealed record ContainerDetails
{
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public string Image { get; init; } = "";

    public ContainerState State { get; init; } = new();

    public ContainerNetworks? NetworkSettings { get; init; }

    public IReadOnlyList<MountSummary> Mounts { get; init; } = [];
}

/// <summary>The networks of a container.</summary>
/// <param name="Networks">Its ends in them, by the network's name.</param>
internal sealed record ContainerNetworks(IReadOnlyDictionary<string, EndpointSettings>? Networks);

/// <summary>What a container does.</summary>
internal sealed record ContainerState
{
    /// <summary>One of <see cref="ContainerStates"/>.</summary>
    public string Status { get; init; } = "";

    [JsonPropertyName("OOMKilled")]
    public bool OutOfMemory { get; init; }

    public int ExitCode { get; init; }

    /// <summary>Its first process on the host; 0 when it does not run.</summary>
    public int Pid { get; init; }

    public string Error { get; init; } = "";

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset FinishedAt { get; init; }
}

/// <summary>The words of the engine.</summary>
internal static class ContainerStates
{
    public const string Created = "created";
    public const string Running = "running";
    public const string Paused = "paused";
    public const string Restarting = "restarting";
    public const string Removing = "removing";
    public const string Exited = "exited";
    public const string Dead = "dead";

    /// <summary>Whether its processes exist.</summary>
    public static bool IsUp(string state) => state is Running or Paused;
}

/// <summary>How a container ended.</summary>
internal sealed record WaitAnswer(int StatusCode);
